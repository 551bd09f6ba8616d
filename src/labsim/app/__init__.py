"""The workshop in a browser: levers, a transition, and a comparison that is simulated while the room watches.

`server.make_app` builds the app, `server.serve` runs it on this machine alone. What the room sets is a
`levers.Choices`; `levers.pair` makes two scenarios of it; `jobs.Board` simulates them in processes of their own;
`pictures` draws.
"""
