"""What the maker of an event chose, in plain values: kept with the event, and built into rows of the registry."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """A unit after the event: `key` is the stored one that goes on or takes in, "" a new one.

    A blank text keeps what the stored one bears, or what its predecessors share (kind, parent). `share` is how much
    of a divided unit goes there (None: only "a part" is known); `wholes` are further units that end and go there
    whole: "A and a part of B make C" is one event.
    """

    key: str = ""
    code: str = ""
    name: str = ""
    kind: str = ""
    parent: str = ""
    share: Decimal | None = None
    wholes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        texts = {name: getattr(self, name) for name in ("key", "code", "name", "kind", "parent")}
        return {**texts, "share": None if self.share is None else str(self.share), "wholes": list(self.wholes)}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Successor":
        share = None if stored["share"] is None else Decimal(stored["share"])
        return cls(**{**stored, "share": share, "wholes": tuple(stored["wholes"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One event: which units (keys, as they stand on the eve) it is about, and what is there from the day on."""

    kind: str
    effective_on: datetime.date
    resolution: str
    units: tuple[str, ...] = ()
    successors: tuple[Successor, ...] = ()

    @property
    def eve(self) -> datetime.date:
        return self.effective_on - datetime.timedelta(days=1)

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "effective_on": self.effective_on.isoformat(),
            "resolution": self.resolution,
            "units": list(self.units),
            "successors": [successor.to_json() for successor in self.successors],
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Choice":
        return cls(
            kind=stored["kind"],
            effective_on=datetime.date.fromisoformat(stored["effective_on"]),
            resolution=stored["resolution"],
            units=tuple(stored["units"]),
            successors=tuple(Successor.from_json(one) for one in stored["successors"]),
        )
