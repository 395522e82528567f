"""The program as a file: download it; look at what a file would change, and let it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from loyalty.dashboard.doors import DeskRequest, needs, show
from loyalty.dashboard.settings import tabs
from loyalty.flows.program_files import tree
from loyalty.flows.program_files.diff import Change
from loyalty.flows.program_files.exporting import export
from loyalty.flows.program_files.loading import BadFile, ChangedMeanwhile, Loaded, load
from loyalty.flows.program_files.registry import PARTS
from loyalty.flows.program_files.tree import Problem
from loyalty.toasts import say

MOST_LETTERS = 160
WHAT: Mapping[str, Any] = {
    "made": (gettext_lazy("New"), "good"),
    "changed": (gettext_lazy("Changed"), "info"),
    "moved": (gettext_lazy("Moved"), "info"),
    "archived": (gettext_lazy("Archived"), "warn"),
}


class FileForm(forms.Form):
    """A file, or its text."""

    file = forms.FileField(
        label=gettext_lazy("A file"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".yaml,.yml,application/yaml"}),
    )
    text = forms.CharField(
        label=gettext_lazy("Or its text"),
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false", "class": "mono"}),
        required=False,
        strip=False,
        max_length=tree.MOST_BYTES,
    )
    prune = forms.BooleanField(
        label=gettext_lazy("Archive what the file does not name"),
        help_text=gettext_lazy("Else it is left alone."),
        required=False,
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if self.errors:
            return told
        if file := told.get("file"):
            if file.size > tree.MOST_BYTES:
                raise forms.ValidationError(_("A program file has at most %(most)s KB.") % {
                    "most": tree.MOST_BYTES // 1000
                })  # fmt: skip
            try:
                told["text"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                raise forms.ValidationError(_("The file is not UTF-8.")) from None
        if not told.get("text", "").strip():
            raise forms.ValidationError(_("Choose a file, or paste its text."))
        told["text"] = told["text"].replace("\r\n", "\n")
        return told


@needs("program.file")
@require_http_methods(["GET", "POST"])
def program_file(request: DeskRequest) -> HttpResponse:
    """What a file would change is shown first; ``act=apply`` then lets it."""
    if request.method == "GET":
        return _page(request, FileForm())
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    told = form.cleaned_data
    applies = request.POST.get("act") == "apply"
    try:
        loaded = _load(request, told, applies=applies)
    except BadFile as bad:
        return _page(request, _again(told), problems=_problems(bad, told["text"]), status=422)
    except ChangedMeanwhile as refusal:
        say(request, str(refusal), level=messages.ERROR)
        return _checked(request, told, _load(request, told, applies=False))
    if applies and loaded.changes:
        say(request, _("The program is as the file says. What was awarded before stays."))
        return redirect("dashboard:program_file", slug=request.program.slug)
    return _checked(request, told, loaded)


@needs("program.file")
@require_safe
def download(request: DeskRequest) -> HttpResponse:
    answer = HttpResponse(
        export(request.program, now=timezone.now()), content_type="application/yaml; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="{request.program.slug}.yaml"'
    return answer


def _load(request: DeskRequest, told: dict[str, Any], *, applies: bool) -> Loaded:
    return load(
        request.program, told["text"], by=request.staff, now=timezone.now(),
        is_asked_only=not applies, prunes=told["prune"], seen=told["seen"] if applies else "",
    )  # fmt: skip


def _checked(request: DeskRequest, told: dict[str, Any], loaded: Loaded) -> HttpResponse:
    return _page(request, _again(told, loaded.seen), loaded=loaded)


def _again(told: dict[str, Any], seen: str = "") -> FileForm:
    """The form with the text that was read, whichever way it came."""
    return FileForm(initial={"text": told["text"], "prune": told["prune"], "seen": seen})


def _page(
    request: DeskRequest,
    form: FileForm,
    *,
    loaded: Loaded | None = None,
    problems: list[dict[str, Any]] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "loaded": loaded,
        "changes": [change_told(it) for it in loaded.changes] if loaded else [],
        "problems": problems or [],
        "tabs": tabs(request.program, "file"),
        "schema": reverse("api:file_schema"),
    }
    page = "dashboard/program_file/file.html"
    return show(request, page, context, nav="settings", status=status)


def change_told(change: Change) -> dict[str, Any]:
    """One thing that a file changes, as people read it."""
    label, tone = WHAT[change.what]
    titles = {part.name: part.title for part in PARTS}
    return {
        "label": label,
        "tone": tone,
        "part": titles[change.part],
        "name": change.name,
        "is_changed": change.what in ("changed", "moved"),
        "fields": [
            {"path": it.path, "before": value_told(it.before), "after": value_told(it.after)}
            for it in change.fields
        ],
    }


def value_told(value: Any) -> str:
    """A value as the file has it, on one line."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        text = ", ".join(f"{name}: {value_told(it)}" for name, it in value.items())
    elif isinstance(value, list):
        text = "; ".join(value_told(it) for it in value) or "—"
    else:
        text = str(value)
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"


def _problems(bad: BadFile, text: str) -> list[dict[str, Any]]:
    lines = text.splitlines()
    return [_problem(it, lines) for it in bad.problems]


def _problem(it: Problem, lines: list[str]) -> dict[str, Any]:
    line = lines[it.line - 1].strip() if 0 < it.line <= len(lines) else ""
    return {"line": it.line, "path": it.path, "sentence": it.sentence, "text": line[:120]}
