from communes.admin import areas, attributes, events, shapes, units

__all__ = ["areas", "attributes", "events", "shapes", "units"]
