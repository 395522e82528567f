import django.db.models.deletion
from django.db import migrations, models


def leave_room(apps, schema_editor):
    """A changed balance stays on its page, and no index hears of it."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE ledger_balance SET (fillfactor = 70)")


def fill_up(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE ledger_balance RESET (fillfactor)")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        # The constraint of account and wallet finds them too.
        migrations.AlterField(
            model_name="balance",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="balances",
                to="ledger.account",
            ),
        ),
        migrations.RunPython(leave_room, fill_up),
    ]
