"""A program's colours as a style sheet, and the theme that a reader chose."""

from django.test import Client


def test_a_program_dresses_its_portal(cafe):
    cafe.brand_color = "#00704a"
    cafe.save()
    answer = Client().get(f"/p/{cafe.slug}/brand.css")
    assert answer["Content-Type"].startswith("text/css")
    assert "--brand:light-dark(#00704a," in answer.text
    assert "max-age=300" in answer["Cache-Control"]


def test_a_named_colour_is_kept_for_ever(cafe):
    named = cafe.brand_color.removeprefix("#")
    answer = Client().get(f"/p/{cafe.slug}/brand.css?v={named}")
    assert "immutable" in answer["Cache-Control"]


def test_a_program_that_is_not_has_no_colours(db):
    assert Client().get("/p/nowhere/brand.css").status_code == 404


def test_sign_in_wears_the_program_one_goes_to(cafe):
    page = Client().get("/accounts/login/", {"next": f"/p/{cafe.slug}/"}).text
    assert f"/p/{cafe.slug}/brand.css" in page
    assert "Sign in to Café points" in page
    assert "brand.css" not in Client().get("/accounts/login/", {"next": "/p/nowhere/"}).text


def test_a_theme_is_kept_and_given_up(db):
    client = Client()
    answer = client.post("/theme/", {"theme": "dark", "next": "/accounts/login/"})
    assert answer["Location"] == "/accounts/login/"
    assert 'data-theme="dark"' in client.get("/accounts/login/").text
    client.post("/theme/", {"theme": "auto"})
    assert "data-theme=" not in client.get("/accounts/login/").text.split("<head>")[0]


def test_a_theme_never_leads_to_another_site(db):
    answer = Client().post("/theme/", {"theme": "dark", "next": "https://evil.example/"})
    assert answer["Location"] == "/"
