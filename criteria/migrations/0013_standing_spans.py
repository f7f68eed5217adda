import datetime
from itertools import groupby

import django.db.models.deletion
from django.db import migrations, models

OPEN_END = datetime.date.max


def work_out(apps, schema_editor):
    """Work the spans out from what is stored, in the order in which it comes to count (criteria/spans.py)."""
    not_applicable = apps.get_model("criteria", "ConditionResult").objects.filter(verdict="not_applicable")
    left_out = set(not_applicable.values_list("revision", flat=True))
    revisions = (
        apps.get_model("criteria", "Revision")
        .objects.exclude(state="replaced")
        .order_by(
            "assessment__unit",
            "assessment__indicator",
            "assessment__period__ends_on",
            "-assessment__period__starts_on",
            "pk",
        )
        .values_list(
            "assessment__unit", "assessment__indicator", "pk", "state", "verdict", "assessment__period__ends_on"
        )
    )
    model = apps.get_model("criteria", "StandingSpan")
    made = []
    for _, rows in groupby(revisions, lambda row: row[:2]):
        said = list(rows)
        for number, (unit, indicator, _, _, _, ends_on) in enumerate(said):
            following = said[number + 1][5] if number + 1 < len(said) else None
            if following == ends_on:
                continue
            until = OPEN_END if following is None else following - datetime.timedelta(days=1)
            columns = columns_of(said[: number + 1], left_out)
            made.append(model(unit_id=unit, indicator_id=indicator, starts_on=ends_on, ends_on=until, **columns))
    model.objects.bulk_create(made, batch_size=500)


def columns_of(said, left_out):
    """Return what the revisions read so far make of the unit."""
    counted = max((n for n, row in enumerate(said) if row[3] == "confirmed"), default=None)
    sent = max((n for n, row in enumerate(said) if row[3] in ("submitted", "examined")), default=None)
    desk = max((n for n, row in enumerate(said) if row[3] in ("draft", "returned")), default=None)
    work = desk if sent is None else sent
    has_result = counted is not None
    waits = "missing" if sent is None else "pending"
    return {
        "standing": said[counted][4] if has_result else waits,
        "desk": said[desk][3] if not has_result and sent is None and desk is not None else "",
        "has_newer": has_result and sent is not None and sent > counted,
        "has_not_applicable": has_result and said[counted][2] in left_out,
        "result_on": said[counted][5] if has_result else None,
        "counted_id": said[counted][2] if has_result else None,
        "work_id": None if work is None else said[work][2],
    }


class Migration(migrations.Migration):
    dependencies = [
        ("communes", "0007_first_part_of_a_descent"),
        ("criteria", "0012_undo_uploads"),
    ]

    operations = [
        migrations.CreateModel(
            name="StandingSpan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                (
                    "standing",
                    models.CharField(
                        choices=[
                            ("met", "Đạt"),
                            ("not_met", "Chưa đạt"),
                            ("pending", "Đã gửi, chờ xác nhận"),
                            ("missing", "Chưa gửi"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "desk",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("draft", "Đang nhập"),
                            ("submitted", "Đã gửi, chờ thẩm tra"),
                            ("examined", "Đã thẩm tra, chờ xác nhận"),
                            ("returned", "Trả lại để bổ sung"),
                            ("confirmed", "Đã xác nhận"),
                            ("replaced", "Đã thay bằng lần điều chỉnh sau"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                ("has_newer", models.BooleanField()),
                ("has_not_applicable", models.BooleanField()),
                ("result_on", models.DateField(null=True)),
                (
                    "counted",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="criteria.revision"
                    ),
                ),
                (
                    "indicator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="standing_spans",
                        to="criteria.indicator",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="standing_spans", to="communes.unit"
                    ),
                ),
                (
                    "work",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="criteria.revision"
                    ),
                ),
            ],
            options={
                "verbose_name": "khoảng tình trạng",
                "verbose_name_plural": "khoảng tình trạng",
                "indexes": [models.Index(fields=["ends_on", "indicator"], name="standing_of_a_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("unit", "indicator", "starts_on"),
                        name="one_span_of_a_unit_and_indicator_starts_on_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="span_ends_after_it_starts"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("standing__in", ["met", "not_met", "pending", "missing"])),
                        name="span_has_a_known_standing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("desk", ""), ("desk__in", ("draft", "returned")), _connector="OR"),
                        name="span_desk_is_draft_or_returned",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("counted__isnull", False),
                                ("result_on__isnull", False),
                                ("standing__in", ("met", "not_met")),
                            ),
                            models.Q(
                                ("counted__isnull", True),
                                ("result_on__isnull", True),
                                ("standing__in", ("pending", "missing")),
                            ),
                            _connector="OR",
                        ),
                        name="span_with_a_result_names_it",
                    ),
                ],
            },
        ),
        migrations.RunPython(work_out, migrations.RunPython.noop),
    ]
