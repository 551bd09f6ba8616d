"""Texts of the pages on people, places and checking, and of the door, in German and English, by key."""

from __future__ import annotations

from collections.abc import Mapping

PAGES: Mapping[str, tuple[str, str]] = {
    "view": ("Bild wählen", "Choose a picture"),
    "show_picture": ("Bild", "Picture"),
    "show_table": ("Tabelle", "Table"),
    "load_svg": ("SVG laden", "Get SVG"),
    "load_csv": ("CSV laden", "Get CSV"),
    "about_picture": ("{button}: {heading}", "{button}: {heading}"),
    "people_ways": ("Wege", "Ways"),
    "people_duration": ("Dauer", "Duration"),
    "people_employability": ("Beschäftigungsfähigkeit", "Employability"),
    "people_biographies": ("Biographien", "Biographies"),
    "group": ("Wer wird gezeigt?", "Who is shown?"),
    "group_all": ("alle", "all"),
    "group_youth": ("unter 25", "under 25"),
    "group_older": ("ab 50", "50 and over"),
    "group_near": ("marktnah", "near the market"),
    "group_far": ("marktfern", "far from it"),
    "group_note": (
        "Wer zu einer Gruppe gehört, steht am Anfang fest: nach dem Alter; „marktnah“ und „marktfern“ sind die"
        " obere und die untere Hälfte der Menschen ohne Arbeit nach ihrer Beschäftigungsfähigkeit.",
        "Who belongs to a group is settled at the start: by age; “near” and “far” are the upper and the lower half of"
        " those without a job by their employability.",
    ),
    "state_long": ("Ab 1 Jahr arbeitslos", "A year or more"),
    "group_unknown": (
        "Die Dauer wird nicht nach Marktnähe gezählt; gezeigt sind alle Gruppen, die gezählt werden.",
        "Durations are not counted by nearness to the market; shown are all groups that are counted.",
    ),
    "pairs_note": ("Aus {pairs} Paaren mit gleichen Startzahlen.", "From {pairs} pairs with the same seeds."),
    "pairs_few": (
        "Vorläufig: erst {pairs} von {wanted} Paaren. Die Zahlen bewegen sich noch.",
        "Provisional: only {pairs} of {wanted} pairs so far. The numbers still move.",
    ),
    "lives_note": (
        "Einzelne Lebenswege zeigen einen Lauf: wie unterschiedlich es geht, nicht wie oft.",
        "Single lives show one run: how different it can be, not how often.",
    ),
    "places_each": ("Jeder Kreis", "Each district"),
    "places_map": ("Karte B − A", "Map of B − A"),
    "places_payers": ("Wer zahlt", "Who pays"),
    "places_network": ("Netz", "Network"),
    "places_kpi": ("Welche Größe?", "Which measure?"),
    "check_turns": ("Was treibt es, wo kippt es?", "What drives it, where does it turn?"),
    "check_goals": ("Ziele im Konflikt", "Goals in conflict"),
    "check_beveridge": ("Stellen und Arbeitslose", "Jobs and unemployed"),
    "check_limits": ("Annahmen, Grenzen, Daten", "Assumptions, limits, data"),
    "no_pairs_yet": (
        "Die ersten Läufe mit allen Tabellen kommen gleich; das Bild erscheint von selbst.",
        "The first runs with all tables are about to come; the picture appears by itself.",
    ),
    "cannot_show": ("Dieses Bild lässt sich nicht zeigen: {why}", "This picture cannot be shown: {why}"),
    "identical_note": (
        "A und B sind gleich eingestellt; jede Differenz ist genau null.",
        "A and B are set alike; every difference is exactly zero.",
    ),
    "turns_question": (
        "Unter welchen Annahmen kippt das Ergebnis?", "Under which assumptions does the result turn round?"
    ),
    "turns_about": (
        "{factors} Annahmen, die niemand genau kennt, werden einzeln auf den kleinsten und den größten Wert gesetzt,"
        " der für möglich gehalten wird. Das sind {runs} Paare zusätzlicher Läufe im Hintergrund, je nach Rechner ein"
        " bis zwei Minuten.",
        "{factors} assumptions that nobody knows exactly are set, one at a time, to the lowest and the highest value"
        " held possible. That is {runs} pairs of additional runs in the background, one or two minutes on most"
        " machines.",
    ),
    "turns_start": ("Annahmen durchrechnen", "Try the assumptions"),
    "turns_stop": ("Aufhören", "Stop"),
    "turns_none": (
        "Keine der {factors} bisher gerechneten Annahmen kehrt das Vorzeichen um.",
        "None of the {factors} assumptions tried so far reverses the sign.",
    ),
    "turns_nothing": (
        "Ohne Unterschied zwischen A und B kann nichts kippen.",
        "Without a difference between A and B nothing can turn round.",
    ),
    "turns_some": ("Es kippt bei:", "It turns round with:"),
    "turns_one": (
        "{label} = {value} statt {usual}: {mean} {unit}",
        "{label} = {value} instead of {usual}: {mean} {unit}",
    ),
    "turns_sure": ("über den Zufall hinaus", "beyond chance"),
    "turns_open": ("der Zufall könnte es erklären", "chance could explain it"),
    "turns_standing": (
        "Gerechnet im Hintergrund, {seeds} Startzahlen je Annahme, letzte zwölf Monate.",
        "Simulated in the background, {seeds} seeds per assumption, last twelve months.",
    ),
    "check_waiting": ("An {place}. Stelle der Warteschlange.", "Number {place} in line."),
    "check_running": ("{done} von {total} gerechnet.", "{done} of {total} done."),
    "check_done": ("Fertig.", "Done."),
    "check_cancelled": ("Aufgehört nach {done} von {total}.", "Stopped after {done} of {total}."),
    "check_failed": ("Ein Lauf ist gescheitert ({failure}).", "A run failed ({failure})."),
    "goals_missing": (
        "Noch nicht gerechnet: {missing}. „Annahmen durchrechnen“ rechnet auch diese Geschichten.",
        "Not simulated yet: {missing}. “Try the assumptions” simulates these stories, too.",
    ),
    "goals_alone": (
        "Dazu braucht es mindestens zwei verschiedene Szenarien mit Läufen.",
        "This needs at least two different scenarios with runs.",
    ),
    "current_b": ("B, wie eingestellt", "B, as set"),
    "not_modelled": ("Was das Modell auslässt", "What the model leaves out"),
    "validation": ("Prüfung an Daten", "Held against data"),
    "validation_met": (
        "{met} von {of} veröffentlichten Werten getroffen ({role}).", "{met} of {of} published values met ({role})."
    ),
    "role_fit": ("zum Anpassen benutzt", "used for the fit"),
    "role_hold_out": ("zurückgehalten, die eigentliche Prüfung", "held out, the actual test"),
    "role_input": ("Ausgangspunkt, prüft nichts", "starting point, tests nothing"),
    "validation_how": (
        "Für diesen Ort liegt hier kein Prüfbericht. So entsteht er: {command}. Danach steht er auf dieser Seite.",
        "There is no scorecard of this place here. This makes one: {command}. It then stands on this page.",
    ),
    "validation_from": ("Aus {folder}, {seeds} Läufe.", "From {folder}, {seeds} runs."),
    "only_assumptions": ("{count} davon sind reine Annahmen.", "{count} of them are mere assumptions."),
    "refused_host": (
        "Diese Adresse gehört nicht zu labsim auf diesem Rechner. Bitte den Link aus dem Terminal benutzen.",
        "This address is not one of labsim's on this machine. Please use the link from the terminal.",
    ),
    "refused_origin": (
        "Eine Anfrage von einer anderen Seite wird nicht angenommen.",
        "A request from another page is not accepted.",
    ),
    "refused_token": (
        "Diese Werkstatt ist nur mit ihrem Link zu öffnen. Wer sie leitet, hat ihn auf der Startseite.",
        "This workshop opens with its link only. Whoever leads it has the link on the start page.",
    ),
    "refused_wrong_token": (
        "Dieser Link gilt nicht mehr; er endet mit jedem Neustart. Wer die Werkstatt leitet, hat den neuen.",
        "This link is no longer valid; it ends with every restart. Whoever leads the workshop has the new one.",
    ),
    "invitation": ("Mitmachen im Raum", "Join in the room"),
    "invitation_how": (
        "Im selben Netz diese Adresse öffnen oder den Code fotografieren.",
        "On the same network, open this address or scan the code.",
    ),
    "invitation_open": (
        "Wer den Link hat, kann mitmachen. Die Verbindung ist nicht verschlüsselt: Im selben Netz kann man mitlesen.",
        "Whoever has the link can join. The connection is not encrypted: others on the network can read along.",
    ),
    "invitation_none": (
        "Kein Netz gefunden. Erst das Netz verbinden, dann labsim neu starten.",
        "No network found. Connect to a network first, then start labsim again.",
    ),
    "qr_name": ("Code mit dem Link zu dieser Werkstatt", "Code with the link to this workshop"),
}  # fmt: skip
