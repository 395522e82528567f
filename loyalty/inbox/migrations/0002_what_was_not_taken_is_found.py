from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0001_keep_what_shops_tell"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="arrival",
            index=models.Index(
                condition=models.Q(("status", "dead")), fields=["id"], name="arrivals_dead"
            ),
        ),
    ]
