"""Texts of the protocol, the wall, exports and imports in German and English, by key."""

from __future__ import annotations

from collections.abc import Mapping

PROTOCOL: Mapping[str, tuple[str, str]] = {
    "protocol": ("Protokoll", "Protocol"),
    "protocol_open": ("Protokoll ({pins})", "Protocol ({pins})"),
    "protocol_empty": (
        "Noch nichts festgehalten. Auf Seite 3 legt „B ins Protokoll“ ein Szenario hierher.",
        "Nothing pinned yet. On page 3, “Pin B” puts a scenario here.",
    ),
    "protocol_kept": (
        "Steht in diesem Browser und auf dem Rechner des Servers.",
        "Kept in this browser and on the server's computer.",
    ),
    "protocol_unkept": (
        "Auf dem Rechner des Servers ließ sich nicht speichern ({why}). In diesem Browser steht alles; bitte gleich als"
        " Datei sichern.",
        "The server's computer could not store it ({why}). Everything is in this browser; please save it as a file"
        " now.",
    ),
    "group_name": ("Gruppe", "Group"),
    "group_hint": ("z. B. Tisch 1 (keine Namen)", "e.g. table 1 (no names)"),
    "notes_of_all": ("Notizen zur Sitzung", "Notes on the session"),
    "note_of_pin": ("Notiz zu {name}", "Note on {name}"),
    "name_of_pin": ("Name des Szenarios {number}", "Name of scenario {number}"),
    "votes": ("Hände für {name}", "Hands for {name}"),
    "votes_short": ("Hände", "Hands"),
    "votes_share": ("{votes} von {all} Händen", "{votes} of {all} hands"),
    "pinned_to": ("{name} ist im Protokoll.", "{name} is in the protocol."),
    "pin_waits": (
        "Noch kein Lauf: Festhalten geht, sobald das erste Paar da ist.",
        "No run yet: it can be pinned as soon as the first pair is there.",
    ),
    "pins_full": (
        "Das Protokoll fasst {most} Szenarien. Bitte eines entfernen oder als Datei sichern.",
        "The protocol holds {most} scenarios. Please remove one, or save it as a file.",
    ),
    "pin_name": ("{number}. {story}", "{number}. {story}"),
    "load_pin": ("Wieder einstellen", "Set again"),
    "remove_pin": ("Entfernen", "Remove"),
    "take_back": ("Entfernen zurücknehmen", "Take the removal back"),
    "assumptions_of": ("Anders als in der Geschichte „{story}“", "Other than in the story “{story}”"),
    "as_in_story": ("wie in der Geschichte „{story}“", "as in the story “{story}”"),
    "against": ("verglichen mit A: {name}", "compared with A: {name}"),
    "against_moved": ("verglichen mit A: {name} ({moved})", "compared with A: {name} ({moved})"),
    "result_title": (
        "Ergebnis im letzten Jahr, B − A, aus {pairs} Paaren",
        "Result in the last year, B − A, {pairs} pairs",
    ),
    "measure": ("Maß", "Measure"),
    "guess": ("Schätzung", "Guess"),
    "result": ("Ergebnis", "Result"),
    "size": ("Mittel und 95-%-Intervall", "Mean and 95 % interval"),
    "share_of": ("höher in", "higher in"),
    "of_pairs": ("{above} von {pairs}", "{above} of {pairs}"),
    "no_guess": ("keine", "none"),
    "save_as": ("Mitnehmen", "Take along"),
    "export_json": ("Protokoll (JSON)", "Protocol (JSON)"),
    "export_page": ("Protokoll (HTML)", "Protocol (HTML)"),
    "export_scenario": ("Szenario B (ZIP, für labsim run)", "Scenario B (ZIP, for labsim run)"),
    "export_csv": ("Tabelle (CSV)", "Table (CSV)"),
    "export_report": ("Bericht (HTML)", "Report (HTML)"),
    "export_explorer": ("Explorer (HTML)", "Explorer (HTML)"),
    "export_works": (
        "Wird gemacht: {what}. Das kann eine Minute dauern.",
        "Being made: {what}. This may take a minute.",
    ),
    "report_title": ("Werkstatt: {b}, verglichen mit {a}", "Workshop: {b}, compared with {a}"),
    "report_moved": (" (Hebel verändert)", " (levers moved)"),
    "export_done": ("Fertig: {what}.", "Done: {what}."),
    "export_failed": (
        "{what} ließ sich nicht machen: {why}. Verloren ist nichts.",
        "{what} could not be made: {why}. Nothing is lost.",
    ),
    "export_busy": (
        "Gerade wird schon eine Datei gemacht; bitte danach noch einmal.",
        "A file is being made already; please try again after that.",
    ),
    "no_explorer": (
        "es gibt auf diesem Rechner noch keine gespeicherten Läufe dafür",
        "there are no stored runs for it on this computer yet",
    ),
    "explorer_title": ("Werkstatt zum Mitnehmen", "The workshop to take along"),
    "explorer_question": (
        "Was ändert jeder Hebel für sich? Gerechnet wurde mit immer nur einem bewegten Hebel.",
        "What does each lever change by itself? Runs were made with one lever moved at a time.",
    ),
    "disk_full": ("die Platte ist voll", "the disk is full"),
    "no_permission": ("der Ordner ist nicht beschreibbar", "the folder is not writable"),
    "import": ("Datei einlesen (Szenario oder Protokoll)", "Read a file (scenario or protocol)"),
    "import_hint": ("JSON, YAML oder ZIP, höchstens 2 MB", "JSON, YAML or ZIP, at most 2 MB"),
    "import_scenario": ("Szenario aus {name} eingestellt.", "Scenario from {name} set."),
    "import_protocol": ("{pins} Szenarien aus {name} dazu gelesen.", "{pins} scenarios read from {name}."),
    "import_other": (
        "{name} ist aus labsim {theirs}, hier ist {ours}.",
        "{name} is from labsim {theirs}, this is {ours}.",
    ),
    "import_no_version": (
        "{name} sagt nicht, aus welcher Version es ist.",
        "{name} does not say which version it is from.",
    ),
    "import_missing": (
        "Es fehlt: {what}; genommen ist der Wert der Geschichte.",
        "Missing: {what}; the story's value is taken.",
    ),
    "import_unknown": ("Unbekannt und weggelassen: {what}.", "Unknown and left out: {what}."),
    "import_wrong": ("Angepasst: {what}.", "Put right: {what}."),
    "import_large": ("{name} ist zu groß (höchstens 2 MB).", "{name} is too large (at most 2 MB)."),
    "import_neither": (
        "{name} ist weder ein Szenario noch ein Protokoll der Werkstatt: {why}.",
        "{name} is neither a scenario nor a protocol of the workshop: {why}.",
    ),
    "why_line": (
        "es fehlt die Zeile „{mark} …“ mit der Einstellung; rechnen lässt es sich mit labsim run",
        "the line “{mark} …” with the setting is missing; it can be simulated with labsim run",
    ),
    "why_json": ("es ist kein lesbares JSON", "it is no readable JSON"),
    "why_kind": ("es fehlt „kind: labsim-workshop“", "“kind: labsim-workshop” is missing"),
    "why_text": ("es ist kein Text in UTF-8", "it is no text in UTF-8"),
    "why_zip": ("im ZIP fehlt scenario.yaml", "the ZIP lacks scenario.yaml"),
    "pin_number": ("Szenario {number}", "scenario {number}"),
    "wall": ("Wand", "Wall"),
    "wall_title": ("Die Szenarien der Gruppen", "The groups' scenarios"),
    "wall_empty": (
        "Noch hängt nichts. „B ins Protokoll“ auf Seite 3 hängt ein Szenario hierher.",
        "Nothing is up yet. “Pin B” on page 3 puts a scenario up here.",
    ),
    "wall_aid": (
        "Grau: A, womit verglichen wird. Farbe: B, Median und die mittleren 50 % der Läufe. Alle Achsen sind gleich.",
        "Grey: A, what it is compared with. Colour: B, median and the middle 50 % of the runs. All axes are the same.",
    ),
    "wall_difference": ("B − A im letzten Jahr: {mean}", "B − A in the last year: {mean}"),
    "wall_baseline": ("A", "A"),
    "without_group": ("ohne Gruppe", "no group"),
    "protocol_title": ("Protokoll einer Werkstatt mit labsim", "Protocol of a workshop with labsim"),
    "made_by": (
        "Gemacht mit labsim {version}. Ein Denkwerkzeug, keine Prognose; Bänder und Intervalle zeigen nur den Zufall"
        " der Läufe.",
        "Made with labsim {version}. A tool to think with, no forecast; bands and intervals show the chance of the"
        " runs only.",
    ),
}  # fmt: skip
