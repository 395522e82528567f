from django.db import migrations
from django.utils import timezone

BITE = 2_000


def carry_over(apps, schema_editor):
    """Who wanted letters goes on getting what they got; who wanted none has said no to each kind."""
    members = apps.get_model("members", "Member").objects.order_by("pk")
    consents = apps.get_model("members", "Consent").objects
    now, reached = timezone.now(), 0
    while found := list(members.filter(pk__gt=reached).values_list("pk", "wants_letters")[:BITE]):
        consents.bulk_create(
            consents.model(
                member_id=pk,
                channel="mail",
                purpose=purpose,
                is_given=wants,
                how="carried",
                wording="the switch",
                at=now,
            )
            for pk, wants in found
            for purpose in (("offers",) if wants else ("account", "offers"))
        )
        reached = found[-1][0]


def carry_back(apps, schema_editor):
    members = apps.get_model("members", "Member").objects
    rows = apps.get_model("members", "Consent").objects.filter(purpose="account").order_by("pk")
    newest = dict(rows.values_list("member", "is_given"))
    members.filter(pk__in=[pk for pk, given in newest.items() if not given]).update(
        wants_letters=False
    )
    rows.model.objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("members", "0005_consent_is_kept_with_its_history")]

    operations = [migrations.RunPython(carry_over, carry_back)]
