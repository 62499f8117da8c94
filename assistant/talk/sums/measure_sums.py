"""Sums with measures: conversion, pace and speed, areas."""

from fractions import Fraction

from assistant.talk.sums import show
from assistant.talk.sums.case import Case, Rule, in_unit
from assistant.talk.sums.values import NotASum, Quantity, Solution


def convert(case: Case) -> Solution:
    """An amount in another unit of its kind."""
    x, unit = case.quantity("x"), case.text("unit")
    if x.unit == unit:
        raise NotASum
    result = Quantity(in_unit(x, unit), unit)
    return case.say("convert", result, x=case.show(x), r=case.show(result))


def pace(case: Case) -> Solution:
    """Minutes per kilometre, or per mile if the distance is in miles; with the speed."""
    distance, time = case.quantity("d"), case.quantity("t")
    unit = "mi" if distance.unit == "mi" else "km"
    length, minutes = in_unit(distance, unit), in_unit(time, "min")
    if length <= 0 or minutes <= 0:
        raise NotASum
    per, speed = minutes / length, length * 60 / minutes
    name, fast = case.words.shown[unit][0], Quantity(speed, "mph" if unit == "mi" else "kmh")
    shown = show.number(speed, case.language, places=None if (speed * 10).denominator == 1 else 1)
    fast_unit = case.words.shown[fast.unit][0]
    parts = {
        "d": case.show(distance),
        "t": show.lasting(minutes, case.language),
        "unit": name,
        "v": f"{shown}{' ' if case.language == 'en' else ''}{fast_unit}",
    }
    if case.has("speed"):
        return case.say("speed", fast, **parts)
    return case.say("pace", Quantity(per, f"min/{unit}"), r=show.pace(per), **parts)


def pace_time(case: Case) -> Solution:
    """How long a distance takes at a pace."""
    distance, per = case.quantity("d"), case.quantity("pace")
    unit = case.text("unit", "km") or "km"
    if unit not in ("km", "mi"):
        raise NotASum
    rate = in_unit(per, "min")
    minutes = in_unit(distance, unit) * rate
    parts = {"d": case.show(distance), "p": show.pace(rate), "unit": case.words.shown[unit][0]}
    return case.say("pace_time", Quantity(minutes, "min"), r=show.lasting(minutes, case.language), **parts)


def travel_time(case: Case) -> Solution:
    """How long a way takes at a speed."""
    distance, speed = case.quantity("d"), case.quantity("v")
    if speed.unit == "km":  # 时速80公里
        speed = Quantity(speed.amount, "kmh")
    if case.has("kmh") and not speed.unit:
        speed = Quantity(speed.amount, "kmh")
    hours = in_unit(distance, "km") / _above_zero(in_unit(speed, "kmh"))
    parts = {"d": case.show(distance), "v": case.show(speed), "r": _to_the_minute(hours * 60, case)}
    return case.say("travel_time", Quantity(hours * 60, "min"), **parts)


def _to_the_minute(minutes: Fraction, case: Case) -> str:
    """Nobody drives to the second."""
    whole = Fraction(int(minutes + Fraction(1, 2)))
    if minutes < 10 or whole == minutes:
        return show.lasting(minutes, case.language)
    return ("about " if case.language == "en" else "约") + show.lasting(whole, case.language)


def travel_distance(case: Case) -> Solution:
    """How far one gets in a time at a speed."""
    speed, time = case.quantity("v"), case.quantity("t")
    unit = "mi" if speed.unit == "mph" else "km"
    result = Quantity(in_unit(speed, "mph" if unit == "mi" else "kmh") * in_unit(time, "h"), unit)
    return case.say("travel_distance", result, v=case.show(speed), t=case.show(time), r=case.show(result))


def area(case: Case) -> Solution:
    """Of a rectangle."""
    first, second = case.quantity("a"), case.quantity("b")
    unit = first.unit or second.unit
    if unit not in ("m", "cm", "km", "ft"):
        raise NotASum
    sides = [in_unit(Quantity(one.amount, one.unit or unit), unit) for one in (first, second)]
    result = Quantity(sides[0] * sides[1], {"m": "m2", "cm": "cm2", "km": "km2", "ft": "sqft"}[unit])
    shown = [case.show(Quantity(one, unit)) for one in sides]
    return case.say("area", result, a=shown[0], b=shown[1], r=case.show(result))


def fuel(case: Case) -> Solution:
    """Litres for a way, from litres per 100 km."""
    per, distance = case.quantity("x"), case.quantity("d")
    result = Quantity(in_unit(per, "l") * in_unit(distance, "km") / 100, "l")
    return case.say("fuel", result, x=case.show(per), d=case.show(distance), r=case.show(result))


def _above_zero(amount: Fraction) -> Fraction:
    if amount <= 0:
        raise NotASum
    return amount


RULES: dict[str, Rule] = {
    "convert": convert, "pace": pace, "pace_time": pace_time, "travel_time": travel_time,
    "travel_distance": travel_distance, "area": area, "fuel": fuel,
}  # fmt: skip
