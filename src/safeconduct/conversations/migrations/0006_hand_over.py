"""A shift hands over what it holds; both sign."""

import django.db.models.deletion
from django.db import migrations, models

import safeconduct.refs


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0005_asleep"),
    ]

    operations = [
        migrations.CreateModel(
            name="HandOver",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "ref",
                    models.CharField(default=safeconduct.refs.new_ref, max_length=20, unique=True),
                ),
                ("given_by", models.CharField(max_length=40)),
                ("given_to", models.CharField(db_index=True, max_length=40)),
                ("given_at", models.DateTimeField()),
                ("taken_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True), ("taken_at__isnull", True)),
                        fields=("given_by",),
                        name="one_open_hand_over_each",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("taken_at__isnull", True), ("ended_at__isnull", True), _connector="OR"
                        ),
                        name="hand_over_taken_or_ended",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HandedOver",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("knew", models.BooleanField(default=False)),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "hand_over",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="handed",
                        to="conversations.handover",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("hand_over", "conversation"), name="handed_once_in_a_hand_over"
                    )
                ],
            },
        ),
    ]
