"""A pytest plugin: Hypothesis without shrinking. A planted leak only has to be caught."""

from hypothesis import Phase, settings

settings.register_profile("no shrinking", phases=(Phase.explicit, Phase.generate))
settings.load_profile("no shrinking")
