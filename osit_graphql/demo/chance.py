"""The dice of the demo company: what happens how often, and to whom; seeded, so that they fall the same every time."""

from random import Random

from osit_graphql.demo.company import Employee

_FIRST = 3  # whoever has an account that everybody may try gets this many times a colleague's share


def happens(dice: Random, odds: float) -> bool:
    """Whether something that happens this often happens now."""
    return dice.random() < odds


def draw(dice: Random, people: tuple[Employee, ...]) -> Employee:
    """Return one of these people, rather one with an account."""
    return dice.choices(people, [_FIRST if person.address else 1 for person in people])[0]
