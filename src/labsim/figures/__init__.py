"""One figure per file: a tidy table in, a Plotly figure out."""
