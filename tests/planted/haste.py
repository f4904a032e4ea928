"""Hypothesis without shrinking, a pytest plugin: of a planted leak it is enough that it is caught."""

from hypothesis import Phase, settings

settings.register_profile("haste", phases=(Phase.explicit, Phase.generate))
settings.load_profile("haste")
