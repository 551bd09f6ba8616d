"""``python -m benchmarks [--quick] [--no-dortmund]`` (or ``make bench``) prints the tables and says what is met."""

from __future__ import annotations

import argparse
import json
import os
import platform
from dataclasses import asdict
from pathlib import Path

from benchmarks.measure import Size, measure_dortmund, measure_size, measure_start
from benchmarks.memory import bytes_per_person

RESULTS = Path("results/bench.json")
SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (10_000, 100_000)
REFERENCE_MONTHS = {10_000: 2, 100_000: 1}


def processor() -> str:
    """Return the name of the processor."""
    info = Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if "model name" in line] if info.exists() else []
    return names[0].split(":")[1].strip() if names else platform.processor() or platform.machine()


def row(size: Size, memory: dict[str, float]) -> str:
    """Return a line of the main table."""
    ratio = f"{size.reference / size.month:6.0f} x" if size.reference else "       -"
    return (
        f"{size.persons:>9,}  {size.per_second / 1e6:8.2f}  {1e9 * size.month / size.persons:8.0f}"
        f"  {memory['resident']:8.0f}  {memory['columns']:8.0f}  {ratio}  {size.triad:6.1f}  {size.times_bound:6.1f} x"
    )


def verdict(what: str, value: float, limit: float, *, at_least: bool) -> str:
    """Return a line that says whether a bar is met."""
    met = value >= limit if at_least else value <= limit
    bar = f"{'at least' if at_least else 'at most'} {limit:g}"
    return f"{'met   ' if met else 'MISSED'}  {what}: {value:,.2f} ({bar})"


def bars(sizes: dict[int, Size], memory: dict[int, dict[str, float]], start: dict[str, float]) -> list[str]:
    """Return the verdicts on the bars that this run could measure."""
    lines = [verdict("import labsim, seconds", start["import labsim"], 1.5, at_least=False)]
    if 1_000_000 in sizes:
        million, tenth = sizes[1_000_000], sizes[100_000]
        per_person = [1e9 * s.month / s.persons for s in (million, tenth)]
        lines += [
            verdict("million person-months a second at 10^6", million.per_second / 1e6, 5, at_least=True),
            verdict("resident bytes a person at 10^6", memory[1_000_000]["resident"], 150, at_least=False),
            f"        time per person, 10^6 over 10^5: {per_person[0] / per_person[1]:.2f} (1 = linear)",
        ]
    if 100_000 in sizes and sizes[100_000].reference:
        hundred = sizes[100_000]
        lines.append(
            verdict(
                "reference over kernels at 10^5", (hundred.reference or 0) / hundred.month, 200, at_least=True
            )
        )
    return lines


def show(sizes: dict[int, Size], memory: dict[int, dict[str, float]], start: dict[str, float]) -> None:
    """Print the tables."""
    print("\n  persons   million  ns per     bytes    column   reference  triad   month over")
    print("            pm/s     pm         resident bytes    / kernels  GB/s    memory bound")
    for persons, size in sizes.items():
        print(row(size, memory[persons]))
    largest = sizes[max(sizes)]
    print(f"\na month at {largest.persons:,} persons, ns per person:")
    for name, value in largest.processes.items():
        print(f"  {name:26s} {value:7.1f}")
    print("\nstart, seconds: " + ", ".join(f"{name} {value:.2f}" for name, value in start.items()) + "\n")
    for line in bars(sizes, memory, start):
        print(line)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and keep the figures in results/bench.json."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="up to 10^5 persons, without whole Dortmund")
    parser.add_argument("--no-dortmund", action="store_true", help="without whole Dortmund")
    chosen = parser.parse_args(arguments)
    print(f"{processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; one thread")
    sizes, memory = {}, {}
    for persons in QUICK_SIZES if chosen.quick else SIZES:
        months = REFERENCE_MONTHS.get(persons, 0)
        sizes[persons] = measure_size(persons, repeats=5, reference_months=months)
        memory[persons] = bytes_per_person(persons)
    start = measure_start()
    show(sizes, memory, start)
    kept: dict[str, object] = {
        "processor": processor(),
        "load": os.getloadavg(),
        "sizes": [asdict(size) for size in sizes.values()],
        "memory": {str(persons): found for persons, found in memory.items()},
        "start": start,
    }
    if not (chosen.quick or chosen.no_dortmund):
        wall, cpu, person_months = measure_dortmund()
        print(verdict("whole Dortmund with burn-in, wall seconds", wall, 60, at_least=False))
        print(f"        processor seconds {cpu:.1f}; {person_months / 1e6:.0f} million person-months")
        kept["dortmund"] = {"wall": wall, "cpu": cpu, "person_months": person_months}
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(kept, indent=1))
    print(f"\nfigures: {RESULTS}")


if __name__ == "__main__":
    main()
