"""What the model leaves out, in words for readers of a report."""

NOT_MODELLED = (
    "A forecast. The model compares policies under stated assumptions; it does not say what will happen.",
    "Uncertainty about parameters. Bands and intervals show chance only: other plausible values of the "
    "assumptions listed above could move all results, and are not covered.",
    "The rest of the economy. Demand for labour follows a given series. What a policy costs or pays out does "
    "not come back as demand, prices or taxes.",
    "Moving house. People commute to neighbouring municipalities, but nobody moves in or out of the place.",
    "Households, health, care, debts and informal work, other than as fixed differences between people.",
    "Providers of measures and local networks as actors of their own: that capacity is lost in a transition "
    "and comes back slowly is not part of this version.",
    "The fate of a single person. One pair of runs says little about one person after a year, because a "
    "changed hire shifts a whole chain of others.",
)
"""Each entry is one item of the report's list; the first sentence names what is left out."""
