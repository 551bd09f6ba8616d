"""What the figures of money, providers and entrants show, read back from the Plotly figures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from labsim.analysis import paired_differences, pick, transition
from labsim.analysis.payers import payments_moved_by_year, per_resident
from labsim.analysis.reach import reach
from labsim.analysis.tables import TableError, annual_means
from labsim.analysis.windows import Phase
from labsim.figures import money, payer_uses, reached, small_multiples, theme, who_pays, words

from .synthetic import EFFECTS, LABELS, run
from .synthetic_policy import BOOKS, MORE_INDICATORS, policy_tables

NAMES = list(EFFECTS)
Made = dict[str, pd.DataFrame]


def setting(names: list[str] = NAMES) -> theme.Setting:
    change = transition([run(name)["timeline"] for name in names])
    return theme.Setting(theme.styles(names, LABELS), MORE_INDICATORS, "Dortmund", change)


@pytest.fixture(scope="module")
def made() -> Made:
    return policy_tables()


def few(made: Made, seeds: int) -> Made:
    return {name: table[table["seed"] <= seeds] for name, table in made.items()}


def scatters(figure: go.Figure) -> list[go.Scatter]:
    return [trace for trace in figure.data if isinstance(trace, go.Scatter)]


def texts(figure: go.Figure) -> list[str]:
    return [note.text for note in figure.layout.annotations]


class TestWhoPays:
    def figure(self, made: Made, names: list[str] = NAMES) -> go.Figure:
        return who_pays.who_pays(made["accounts"], made["indicators"], setting(names))

    def test_the_bars_of_a_year_add_up_to_what_all_pay(self, made: Made) -> None:
        figure = self.figure(made)
        whole = per_resident(made["accounts"], made["indicators"], "Dortmund", ())
        expected = annual_means(whole).groupby(["scenario", "year"])["value"].mean()
        for column, name in ((1, NAMES[1]), (2, NAMES[2])):
            axis = (
                figure.get_subplot(1, column).xaxis.plotly_name.removeprefix("layout.").replace("xaxis", "x")
            )
            bars = [trace for trace in figure.data if isinstance(trace, go.Bar) and trace.xaxis == axis]
            for shift, scenario in ((-who_pays.APART, NAMES[0]), (who_pays.APART, name)):
                mine = [bar for bar in bars if bar.x[0] == pytest.approx(1998 + shift)]
                np.testing.assert_allclose(
                    sum(np.asarray(bar.y) for bar in mine), expected[scenario], atol=0.01
                )

    def test_the_lines_below_are_the_paired_differences(self, made: Made) -> None:
        lines = [trace for trace in scatters(self.figure(made)) if trace.mode == "lines+markers"]
        table = per_resident(made["accounts"], made["indicators"], "Dortmund")
        moved = payments_moved_by_year(table, NAMES[0]).set_index(["scenario", "indicator"])["mean"]
        payers = ["insurance", "federal", "state", "municipality"]
        assert [line.name for line in lines] == [money.payer(name) for name in payers] * 2
        for line, (scenario, name) in zip(lines, [(s, p) for s in NAMES[1:] for p in payers], strict=True):
            np.testing.assert_allclose(line.y, moved.loc[(scenario, name)], atol=1e-4)

    def test_intervals_are_drawn_from_three_pairs_on(self, made: Made) -> None:
        for seeds, drawn in ((4, True), (3, True), (2, False)):
            data = few(made, seeds)
            figure = self.figure(data)
            assert any(trace.fill == "toself" for trace in scatters(figure)) is drawn
            aid = who_pays.reading_aid(data["accounts"], data["indicators"], setting())
            assert (f"95 % interval of the mean difference of {seeds} pairs" in aid) is drawn
            assert (f"Too few pairs ({seeds})" in aid) is not drawn

    def test_all_scenarios_share_both_scales(self, made: Made) -> None:
        figure = self.figure(made)
        for row in (1, 2):
            assert len({tuple(figure.get_subplot(row, column).yaxis.range) for column in (1, 2)}) == 1

    def test_the_table_has_the_numbers_of_the_figure(self, made: Made) -> None:
        table = who_pays.numbers(made["accounts"], made["indicators"], setting())
        yearly = annual_means(per_resident(made["accounts"], made["indicators"], "Dortmund"))
        found = yearly[
            (yearly["scenario"] == NAMES[1]) & (yearly["year"] == 2005) & (yearly["indicator"] == "federal")
        ]
        row = table[(table["Payer"] == "Federal budget") & (table["Year"] == "2005")].iloc[0]
        assert row["B"] == words.number(found["value"].mean())
        pairs = paired_differences(yearly, NAMES[0], "year").set_index(["scenario", "indicator", "year"])
        mean, low, high = pairs.loc[(NAMES[1], "federal", 2005), ["mean", "low", "high"]]
        assert row["B − A (95 % interval)"] == words.signed_interval(mean, low, high, 2)
        assert (table["Payer"] == "All together").sum() == 10

    def test_a_single_scenario_has_bars_only(self, made: Made) -> None:
        alone = {name: table[table["scenario"] == NAMES[1]] for name, table in made.items()}
        figure = self.figure(alone, [NAMES[1]])
        assert all(isinstance(trace, go.Bar) for trace in figure.data)
        assert "pale" not in who_pays.reading_aid(alone["accounts"], alone["indicators"], setting([NAMES[1]]))

    def test_accounts_of_less_than_a_year_are_refused(self, made: Made) -> None:
        short = {name: table[table["month"] < "1998-07"] for name, table in made.items() if "month" in table}
        with pytest.raises(TableError, match="no full year"):
            self.figure(short)


class TestFromPayersToUses:
    def figure(self, made: Made) -> go.Figure:
        return payer_uses.payer_uses(made["accounts"], made["indicators"], setting())

    def test_there_is_a_diagram_for_each_scenario_and_phase(self, made: Made) -> None:
        figure = self.figure(made)
        assert len(figure.data) == 3 * 3
        assert len([text for text in texts(figure) if "Before, 1998–2002: " in text]) == 3

    def test_the_links_are_mean_payments(self, made: Made) -> None:
        first = self.figure(made).data[0]
        found = dict(zip(first.link.customdata, first.link.value, strict=True))
        assert len(found) == len(BOOKS)
        for (payer, use), euros in BOOKS.items():
            assert found[f"{money.payer(payer)} → {money.use(use)}"] == pytest.approx(euros, rel=0.01)

    def test_all_diagrams_share_one_scale(self, made: Made) -> None:
        figure = self.figure(made)
        inner = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
        scales = set()
        for sankey in figure.data:
            used = (sankey.domain.y[1] - sankey.domain.y[0]) * inner
            uses = max(len({*sankey.link.target}), len({*sankey.link.source}))
            scales.add(round((used - payer_uses.GAP * (_most_nodes(figure) - 1)) / sum(sankey.link.value), 3))
            assert uses <= _most_nodes(figure)
        assert len(scales) == 1

    def test_the_table_has_every_payment_even_those_too_small_to_draw(self, made: Made) -> None:
        accounts = made["accounts"].copy()
        tiny = accounts["use"] == "administration"
        accounts.loc[tiny, "euros"] /= 100
        drawn = payer_uses.payer_uses(accounts, made["indicators"], setting()).data[0]
        assert "Insurance → Administration" not in drawn.link.customdata
        table = payer_uses.numbers(accounts, made["indicators"], setting())
        row = table[(table["Use"] == "Administration") & table["When"].str.startswith("Before")].iloc[0]
        assert row["A (EUR per resident of working age and month)"] == "0.01"

    def test_that_all_scenarios_are_alike_before_is_said_only_if_they_are(self, made: Made) -> None:
        tables = (made["accounts"], made["indicators"])
        assert payer_uses.reading_aid(*tables, setting()).endswith("all scenarios are alike.")
        accounts = made["accounts"]
        early = (accounts["scenario"] == NAMES[1]) & (accounts["month"] == "2002-12-01")
        changed = accounts.assign(euros=accounts["euros"] + early)
        assert "alike" not in payer_uses.reading_aid(changed, made["indicators"], setting())

    def test_payments_of_nobody_are_refused(self, made: Made) -> None:
        with pytest.raises(TableError, match="nobody pays anything"):
            payer_uses.payer_uses(made["accounts"].assign(euros=0.0), made["indicators"], setting())

    def test_more_windows_than_fit_give_way_to_the_phases(self, made: Made) -> None:
        year = [
            Phase(str(y), pd.Timestamp(f"{y}-01"), pd.Timestamp(f"{y + 1}-01")) for y in range(2000, 2006)
        ]
        many = replace(setting(), windows=tuple(year))
        assert len(payer_uses.payer_uses(made["accounts"], made["indicators"], many).data) == 9


def _most_nodes(figure: go.Figure) -> int:
    """The most payers or uses that any diagram has."""
    return max(max(len({*s.link.source}), len({*s.link.target})) for s in figure.data)


class TestSmallMultiples:
    NAMES = ("capacity_training", "capacity_linked", "provider_use", "provider_competence")

    def figure(self, made: Made) -> go.Figure:
        return small_multiples.small_multiples("Providers", made["indicators"], setting(), self.NAMES, 2)

    def test_indicators_that_are_never_above_zero_have_no_panel(self, made: Made) -> None:
        headings = [text for text in texts(self.figure(made)) if text.startswith("<b>") and "<br>" in text]
        assert [text.split("</b>")[0].removeprefix("<b>") for text in headings] == [
            "Further training", "Use of capacity", "Competence of providers",
        ]  # fmt: skip
        with pytest.raises(TableError, match="no values of capacity_linked"):
            small_multiples.small_multiples("x", made["indicators"], setting(), ["capacity_linked"], 2)

    def test_lines_are_means_of_quarters_over_the_seeds(self, made: Made) -> None:
        line = next(
            t for t in self.figure(made).data if t.name == setting().styles[1].title and t.mode == "lines"
        )
        values = pick(made["indicators"], "capacity_training", "Dortmund")
        own = values[(values["scenario"] == NAMES[1]) & (values["month"] >= "2003-01")]
        expected = own.groupby(own["month"].dt.to_period("Q"))["value"].mean()
        np.testing.assert_allclose(line.y, expected, atol=1e-4)

    def test_the_shared_past_is_grey_and_meets_the_scenarios(self, made: Made) -> None:
        figure = self.figure(made)
        past = next(trace for trace in figure.data if trace.name == "All 3 scenarios alike")
        own = next(trace for trace in figure.data if trace.name == setting().styles[2].title)
        assert past.line.color == theme.PAST
        assert past.x[-1] == own.x[0]

    def test_scenarios_that_never_differ_are_one_line(self, made: Made) -> None:
        figure = small_multiples.small_multiples("Ties", made["indicators"], setting(), ["joint_activity"], 2)
        assert {trace.name for trace in figure.data if trace.name} == {"All 3 scenarios alike"}

    def test_intervals_are_shaded_from_three_replicates_on_and_the_aid_says_so(self, made: Made) -> None:
        for seeds in (4, 2, 1):
            data = few(made, seeds)["indicators"]
            figure = small_multiples.small_multiples("x", data, setting(), self.NAMES, 2)
            shaded = any(trace.fill == "toself" for trace in figure.data)
            aid = small_multiples.reading_aid(data, setting(), self.NAMES)
            assert shaded is (seeds == 4)
            assert ("95 % interval of that mean (4 replicates" in aid) is shaded
        assert "says nothing about chance" in aid

    def test_the_table_has_a_row_for_each_indicator_and_year(self, made: Made) -> None:
        table = small_multiples.numbers(made["indicators"], setting(), self.NAMES)
        assert len(table) == 3 * 10
        row = table[table["What"].str.startswith("Use of capacity") & (table["Year"] == "2005")].iloc[0]
        values = pick(made["indicators"], "provider_use", "Dortmund")
        own = values[(values["scenario"] == NAMES[1]) & (values["month"].dt.year == 2005)]
        assert row["B"] == words.number(own["value"].mean())


class TestReached:
    def figure(self, made: Made) -> go.Figure:
        return reached.reached(made["indicators"], setting())

    def discs(self, figure: go.Figure, axis: str, symbol: str | None) -> list[float]:
        return [
            trace.x[0] for trace in figure.data
            if trace.xaxis == axis and trace.mode == "markers" and trace.marker.symbol == symbol
        ]  # fmt: skip

    def test_discs_are_entrants_and_diamonds_the_unemployed(self, made: Made) -> None:
        figure = self.figure(made)
        spans = setting().phases(made["indicators"]["month"])
        table = reach(made["indicators"], spans, "Dortmund").set_index(
            ["scenario", "phase", "measure", "who"]
        )["mean"]
        rows = [(NAMES[0], "before"), *((name, phase) for phase in ("during", "after") for name in NAMES)]
        for axis, measure in (("x", "creaming"), ("x2", "long_term"), ("x3", "youth"), ("x4", "low_skilled")):
            expected = [table[(*row, measure, "entrants")] for row in rows]
            np.testing.assert_allclose(self.discs(figure, axis, None), expected)
            diamonds = self.discs(figure, axis, "diamond")
            if measure == "creaming":
                assert diamonds == []
            else:
                np.testing.assert_allclose(diamonds, [table[(*row, measure, "unemployed")] for row in rows])

    def test_what_all_share_before_the_change_is_shown_once(self, made: Made) -> None:
        names = [text.replace("<br>", " ") for text in self.figure(made).layout.yaxis.ticktext]
        assert names[:3] == ["<b>Before</b>", "All alike", "<b>During</b>"]
        assert len(names) == 3 + 1 + 3 + 3

    def test_scenarios_that_differ_before_the_change_are_all_shown(self, made: Made) -> None:
        table = made["indicators"]
        early = (
            (table["indicator"] == "creaming")
            & (table["scenario"] == NAMES[1])
            & (table["month"] == "2002-12-01")
        )
        announced = table.assign(value=table["value"] + early)
        names = reached.reached(announced, setting()).layout.yaxis.ticktext
        assert len(names) == 3 + 3 + 3 + 3
        assert "All alike" not in names

    def test_intervals_need_three_replicates(self, made: Made) -> None:
        for seeds, drawn in ((4, True), (2, False)):
            figure = reached.reached(few(made, seeds)["indicators"], setting())
            solid = [t for t in figure.data if t.mode == "lines" and t.line.width == 2.2]
            assert bool(solid) is drawn
            aid = reached.reading_aid(few(made, seeds)["indicators"], setting())
            assert ("too few for an interval" in aid) is not drawn

    def test_the_table_has_a_row_for_each_row_of_dots(self, made: Made) -> None:
        table = reached.numbers(made["indicators"], setting())
        assert table["Scenario"].tolist()[:2] == ["All alike", setting().styles[0].title]
        after = table[
            (table["Scenario"] == setting().styles[1].title) & table["When"].str.startswith("After")
        ].iloc[0]
        assert after["No vocational training, % of unemployed"].startswith("45.0 (")
        assert after["Nearness to the market, log points"].startswith("+0.6")

    def test_results_without_entrants_are_refused(self, made: Made) -> None:
        with pytest.raises(TableError, match="no values of entries"):
            reached.reached(made["indicators"][made["indicators"]["indicator"] != "entries"], setting())


def test_payers_are_told_apart_by_colour_and_dash_and_can_be_read_on_white() -> None:
    assert len(set(money.COLOURS.values())) == len(money.COLOURS)
    assert len(set(money.DASHES.values())) == len(money.DASHES)
    assert not set(money.COLOURS.values()) & set(theme.PALETTE)
    for colour in money.COLOURS.values():
        assert theme.contrast(colour) >= 2.7


def test_no_figure_of_policy_needs_the_whole_table_of_indicators(made: Made) -> None:
    wanted = made["indicators"]["indicator"].isin(
        ["population", "employment", "entries", "unemployed", "creaming"]
    )
    less = made["indicators"][wanted]
    assert len(who_pays.who_pays(made["accounts"], less, setting()).data) > 10
    assert len(reached.reached(less, setting()).data) > 10
