from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0004_answers_about_a_member"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="jobrun",
            index=models.Index(
                condition=models.Q(("error__gt", "")), fields=["program", "id"], name="job_failed"
            ),
        ),
    ]
