from criteria.admin import assessments, evidence, law, registers

__all__ = ["assessments", "evidence", "law", "registers"]
