from communes.admin import areas, attributes, shapes, units

__all__ = ["areas", "attributes", "shapes", "units"]
