"""Texts of the first three pages in German and English, by key: start, levers and the way, comparison."""

from __future__ import annotations

from collections.abc import Mapping

ROOM: Mapping[str, tuple[str, str]] = {
    "about_1": (
        "Was wäre, wenn eine Stadt ihre Arbeitsmarktpolitik ändert, und wie viel macht der Weg dorthin aus?",
        "What if a city changes its labour market policy, and how much does the way there matter?",
    ),
    "about_2": (
        "Sie wählen eine Geschichte und stellen Hebel ein. Das Modell rechnet Person für Person, zweimal mit demselben"
        " Glück: einmal mit A, einmal mit B.",
        "You choose a story and set levers. The model simulates person by person, twice with the same luck: once with"
        " A, once with B.",
    ),
    "about_3": (
        "Gezeigt wird, was sich zwischen A und B unterscheidet, und wie sicher das im Zufall der Läufe ist.",
        "Shown is what differs between A and B, and how sure that is within the chance of the runs.",
    ),
    "where": ("Ort", "Place"),
    "story_question": ("Welche Geschichte?", "Which story?"),
    "frame_title": ("Wozu das taugt", "What this is good for"),
    "to_limits": ("Annahmen und Grenzen (Seite 6)", "Assumptions and limits (page 6)"),
    "resume": ("Letzte Sitzung fortsetzen", "Continue the last session"),
    "resume_pins": ("Im Protokoll: {pins} Szenarien.", "In the protocol: {pins} scenarios."),
    "restore": (
        "Protokoll des Rechners laden ({pins} Szenarien, {when})",
        "Load this computer's protocol ({pins} scenarios, {when})",
    ),
    "more_levers": ("Weitere Hebel", "More levers"),
    "back": ("Zurück: {name} wie in der Geschichte", "Back: {name} as in the story"),
    "undo": ("Rückgängig", "Undo"),
    "redo": ("Wiederholen", "Redo"),
    "story_pinned": ("{name}, festgehalten", "{name}, pinned"),
    "overlap": ("Überlappung", "Overlap"),
    "gap_only": ("Lücke", "Gap"),
    "is_job_finding_rate": ("ist die Vermittlungschance", "the chance of a job is"),
    "is_social_participation": ("ist die soziale Teilhabe", "social participation is"),
    "is_long_term_share": ("ist der Anteil der Langzeitarbeitslosen", "the share of long-term unemployed is"),
    "is_provider_capacity": ("ist die Trägerkapazität", "provider capacity is"),
    "is_public_spending": ("sind die Kosten", "the cost is"),
    "is_unemployment_rate": ("ist die Arbeitslosigkeit", "unemployment is"),
    "gap_none": ("keine", "none"),
    "lane_title": ("Der Weg: was wann gilt", "The way: what holds when"),
    "lane_hint": (
        "Griffe ziehen, oder mit Tab wählen und mit den Pfeiltasten bewegen.",
        "Drag the handles, or choose one with Tab and move it with the arrow keys.",
    ),
    "lane_passage": ("Übergang", "transition"),
    "lane_announced": ("angekündigt", "announced"),
    "lane_old_money": ("alte Mittel", "old money"),
    "lane_new_money": ("neue Mittel", "new money"),
    "lane_gap": ("Lücke: {months} Monate", "gap: {months} months"),
    "lane_overlap": ("beide: {months} Monate", "both: {months} months"),
    "lane_bridging": ("Trägerverträge: {share} % laufen weiter", "providers: {share} % go on"),
    "lane_rules": ("Regeln", "Rules"),
    "lane_money": ("Mittel in B", "Money in B"),
    "lane_told": (
        "B: Ab {month} wechseln in {months} Monaten alle zu „{regime}“.",
        "B: from {month} on, everybody moves to “{regime}” within {months} months.",
    ),
    "lane_told_at_once": (
        "B: Ab {month} gilt „{regime}“ für alle auf einmal.",
        "B: from {month} on, “{regime}” holds for everybody at once.",
    ),
    "lane_told_gap": (
        "Die alten Mittel enden {months} Monate, bevor die neuen beginnen.",
        "The old money ends {months} months before the new begins.",
    ),
    "lane_told_overlap": (
        "Die alten Mittel laufen {months} Monate neben den neuen weiter.",
        "The old money goes on for {months} months beside the new.",
    ),
    "lane_told_bridging": (
        "{share} % der Trägerverträge laufen weiter, bis die neuen Maßnahmen stehen.",
        "{share} % of the provider contracts go on until the new measures have grown.",
    ),
    "lane_shares": ("Wie viele unter welchen Regeln stehen", "How many people are under which rules"),
    "expect_title": ("Was erwarten Sie?", "What do you expect?"),
    "expect_hint": (
        "Erst schätzen, dann ansehen: Wird B im letzten Jahr höher, gleich oder niedriger liegen als A?",
        "Guess first, then look: in the last year, will B be higher than, the same as, or lower than A?",
    ),
    "expect_up": ("↑ höher", "↑ higher"),
    "expect_same": ("= gleich", "= same"),
    "expect_down": ("↓ niedriger", "↓ lower"),
    "expect_of": ("Erwartung: {name}", "Expectation: {name}"),
    "see_result": ("Ergebnis ansehen", "See the result"),
    "skip_expect": ("Ohne Schätzung weiter", "Go on without guessing"),
    "clear_expect": ("Schätzung löschen", "Clear the guess"),
    "expected": ("Sie erwarteten: {expected}. Ergebnis: {found}.", "You expected: {expected}. Result: {found}."),
    "expected_hit": ("Das stimmt überein.", "They agree."),
    "expected_missed": ("Das stimmt nicht überein.", "They do not agree."),
    "expected_nothing": ("Keine Schätzung dazu (Seite 2).", "No guess on this (page 2)."),
    "expected_waits": ("Sie erwarteten: {expected}.", "You expected: {expected}."),
    "same_rule": (
        "„Gleich“ heißt: Das 95-%-Intervall des mittleren Unterschieds enthält die Null.",
        "“Same” means: the 95 % interval of the mean difference contains zero.",
    ),
    "found_up": ("↑ höher", "↑ higher"),
    "found_same": ("= gleich", "= same"),
    "found_down": ("↓ niedriger", "↓ lower"),
    "pin_a": ("Als A festhalten", "Pin as A"),
    "pin_b": ("B ins Protokoll", "Pin B"),
    "pin_c": ("Als C dazu", "Add as C"),
    "unpin_c": ("C weg", "Remove C"),
    "pin_a_help": (
        "Was die Hebel jetzt zeigen, wird A; B läuft von dort weiter.",
        "What the levers show now becomes A; B goes on from there.",
    ),
    "pin_b_help": (
        "B mit Ergebnis, Schätzung und Notiz ins Protokoll legen, und an die Wand.",
        "Put B with its result, guess and note into the protocol, and on the wall.",
    ),
    "pin_c_help": (
        "Was die Hebel jetzt zeigen, bleibt als C stehen; B läuft weiter.",
        "What the levers show now stays as C; B goes on.",
    ),
    "axis": ("Achse anpassen", "Fit axis"),
    "axis_help": (
        "Sonst bleibt die Achse fest, damit Hebel vergleichbar bleiben.",
        "Otherwise the axis stays fixed, so that levers can be compared.",
    ),
    "preview_name": ("Näherung", "approximation"),
    "preview_badge": ("Näherung, noch nicht gerechnet", "approximation, not simulated yet"),
    "preview_sentence": (
        "Näherung, noch nicht gerechnet (gestrichelt): {what}, B − A im letzten Jahr {mean}; typischer Fehler {error}.",
        "Approximation, not simulated yet (dashed): {what}, B − A in the last year {mean}; typical error {error}.",
    ),
    "preview_aid": (
        "Gestrichelt: eine Näherung aus gespeicherten Läufen, in denen sich immer nur ein Hebel bewegt hat. Was Hebel"
        " zusammen bewirken, fehlt darin. Gleich kommen die ersten gerechneten Paare.",
        "Dashed: an approximation from stored runs in which one lever moved at a time. What levers do together is"
        " missing in it. The first simulated pairs are about to come.",
    ),
    "ghost": ("voriges Ergebnis", "previous result"),
    "ghost_note": (
        "Hellgrau: das vorige Ergebnis von B, bis das neue fertig ist.",
        "Light grey: the previous result of B, until the new one is final.",
    ),
    "by_month": ("Zahlen des Bildes, Monat für Monat", "Numbers of the picture, month by month"),
    "by_year": ("Jahresmittel", "Annual means"),
    "month": ("Monat", "Month"),
    "middle": ("{letter}: Median", "{letter}: median"),
    "mean_of": ("{letter}: Mittel", "{letter}: mean"),
    "band_of": ("{letter}: mittlere {share} %", "{letter}: middle {share} %"),
    "difference_of": ("{letter} − A: Mittel", "{letter} − A: mean"),
    "interval_of": ("{letter} − A: 95-%-Intervall", "{letter} − A: 95 % interval"),
    "range": ("{low} bis {high}", "{low} to {high}"),
    "third_stands": ("C: {done} von {pairs} Paaren.", "C: {done} of {pairs} pairs."),
    "help": ("Tastenkürzel und Hilfe", "Shortcuts and help"),
    "help_title": ("Hilfe", "Help"),
    "keys": ("Tasten", "Keys"),
    "key_pages": ("1 bis 6", "1 to 6"),
    "key_pages_does": ("Seite wählen", "choose a page"),
    "key_wall_does": ("Wand: die Szenarien aller Gruppen", "wall: the scenarios of all groups"),
    "key_protocol_does": ("Protokoll öffnen", "open the protocol"),
    "key_presenter_does": ("Vortragsmodus ein und aus", "presenter mode on and off"),
    "key_undo": ("Strg+Z", "Ctrl+Z"),
    "key_undo_does": ("letzten Hebelschritt zurück", "undo the last lever step"),
    "key_redo": ("Strg+Y", "Ctrl+Y"),
    "key_redo_does": ("Schritt wiederholen", "redo it"),
    "key_escape": ("Esc", "Esc"),
    "key_escape_does": ("Rechnung abbrechen, Fenster schließen", "cancel the simulation, close a window"),
    "key_arrows": ("Pfeile, Bild auf/ab, Pos1, Ende", "arrows, page up/down, home, end"),
    "key_arrows_does": ("Hebel oder Griff bewegen", "move a lever or a handle"),
    "key_help_does": ("diese Hilfe", "this help"),
    "close": ("Schließen", "Close"),
    "bands_title": ("Was die Bänder heißen", "What the bands mean"),
    "bands_text": (
        "Dunkel: die mittleren 50 % der Läufe; hell: die mittleren 90 %, erst ab 50 Paaren. Darunter der Unterschied"
        " Lauf für Lauf mit gleichem Glück; sein Band ist das 95-%-Intervall des Mittels. Alles davon ist Zufall der"
        " Läufe, nicht die Unsicherheit der Annahmen. Fertig heißt: alle Paare, die die Fußzeile nennt, meist 100.",
        "Dark: the middle 50 % of the runs; light: the middle 90 %, only from 50 pairs on. Below: the difference run by"
        " run with the same luck; its band is the 95 % interval of the mean. All of it is the chance of the runs, not"
        " the uncertainty of the assumptions. Final means: all the pairs that the footer names, mostly 100.",
    ),
}  # fmt: skip
