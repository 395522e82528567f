from django.db import migrations
from django.utils import timezone


def set_the_day(apps, schema_editor):
    """When they left was not kept before: they are taken to have left now."""
    members = apps.get_model("members", "Member").objects
    members.filter(state="left", left_at=None).update(left_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("members", "0003_members_leave_and_are_forgotten")]

    operations = [migrations.RunPython(set_the_day, migrations.RunPython.noop)]
