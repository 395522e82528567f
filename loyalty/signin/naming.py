"""What a browser is called by people: "Safari · iPhone"."""

# In this order: Edge and Opera call themselves Chrome, and Chrome calls itself Safari.
BROWSERS = {
    "Edg": "Edge", "OPR": "Opera", "SamsungBrowser": "Samsung Internet", "Firefox": "Firefox",
    "FxiOS": "Firefox", "CriOS": "Chrome", "Line/": "LINE", "Chrome": "Chrome", "Safari": "Safari",
}  # fmt: skip
SYSTEMS = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows",
    "Mac OS X": "Mac", "CrOS": "ChromeOS", "Linux": "Linux",
}  # fmt: skip


def name_of(browser: str) -> str:
    """From what a browser calls itself; empty where it says nothing that we know."""
    parts = (_first(BROWSERS, browser), _first(SYSTEMS, browser))
    return " · ".join(part for part in parts if part)


def _first(names: dict[str, str], text: str) -> str:
    return next((name for sign, name in names.items() if sign in text), "")
