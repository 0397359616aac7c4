"""A portal without features that shows the gallery of the component macros; sessions are cookies."""

from pathlib import Path

from flask import Flask, Response, request, send_file
from jinja2 import ChoiceLoader, FileSystemLoader

from portal.kernel import text
from portal.kernel.access import Person
from portal.kernel.db import Database
from portal.kernel.errors import Conflict, Refused, Unavailable
from portal.kernel.feature import Feature, Navigation
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings
from portal.kernel.text import Text
from portal.web.access import open_to_all, signed_in
from portal.web.pages import render
from portal.web.sessions import SignedIn
from portal.web.shell import ROOT, make_app

HERE = Path(__file__).parent
ASSETS = ROOT.parent / ".portal" / "assets"
TITLE, COUNTED = "信息资源名称", "tasks"


def say(chinese: str, english: str) -> str:
    """Sample words in the language of the moment; the product's own words come from its catalog."""
    return english if text.language() == text.ENGLISH else chinese


class Store:
    """Sessions whose cookie says all: language and scheme, as in `zh-dark`."""

    def load(self, raw_id: str, *, prolong: bool) -> SignedIn | None:
        language, _dash, scheme = raw_id.partition("-")
        person = Person("p1", "漱玉", unit_id="u1", is_government=True)
        return SignedIn(
            person, "k1", "token", language, scheme, "市城乡水务局", (Text("首席代表"),)
        )


def _navigation() -> tuple[Navigation, ...]:
    return (
        Navigation(Text("待办"), "work", 1, area="work", counter=COUNTED),
        Navigation(Text("本部门目录"), "work", 2, area="work"),
        Navigation(Text("数据目录"), "parts", 3),
        Navigation(Text("部门"), "failing", 4),
    )


def gallery(folder: Path, *, mode: str = "demo", alone: bool = False) -> Flask:
    """The application; `folder` holds its empty database. Alone, it has no page of the product."""
    for catalog in sorted(ROOT.glob("**/en.po")):
        text.load_catalogs((catalog,))
    features = (Feature("gallery", Text("部件"), "tests", navigation=_navigation()),)
    settings = Settings(data=folder, mode=mode)
    runtime = Runtime(settings, Database(f"sqlite:///{folder / 'gallery.sqlite'}"), features, {})
    app = make_app(runtime, Store(), counters={COUNTED: lambda: 9})
    app.jinja_loader = ChoiceLoader([app.jinja_loader, FileSystemLoader(HERE)])
    app.jinja_env.globals["say"] = say
    app.jinja_env.globals["knows"] = lambda name: name in app.view_functions
    if not alone:
        _product_routes(app)
    _routes(app)
    return app


def _errors() -> dict[str, list[str]]:
    return {
        "credit_code": [
            say(
                "校验位不对，应为 3，现为 4。请核对第 18 位",
                "Wrong check digit: 4 should be 3. Check character 18.",
            )
        ],
        "share_condition": [say("写明使用要求", "State what is required")],
        "open_type": [say("先设定脱敏规则", "Set a masking rule first")],
    }


def _routes(app: Flask) -> None:
    add = app.add_url_rule
    add("/static/<path:name>", "static", open_to_all(_static))
    add("/", "parts", open_to_all(lambda: render("gallery/parts.html", errors=_errors())))
    add("/pages/<key:name>", "sample", open_to_all(_sample))
    add("/work", "work", open_to_all(lambda: render("gallery/review.html")))
    add("/progress", "progress", open_to_all(_progress))
    add("/results", "results", open_to_all(_results))
    add("/suggestions", "suggestions", open_to_all(_suggestions))
    add("/sent", "sent", signed_in(_sent), methods=["POST"])
    add("/failing", "failing", open_to_all(_failing))


def _static(name: str) -> Response:
    found = next((f / name for f in (ROOT / "static", ASSETS) if (f / name).is_file()), None)
    return send_file(found) if found else Response(status=404)


def _sample(name: str) -> Response:
    return render(f"gallery/{name}.html", errors=_errors() if name == "form" else {})


def _progress() -> Response:
    return render("gallery/_progress.html", done=int(request.args.get("done", 900)))


def _results() -> Response:
    if request.args.get("unit") == "a":
        raise Unavailable(Text("检索引擎没有应答。请稍后再试。"))
    return render("gallery/_results.html")


def _suggestions() -> Response:
    return render("gallery/_suggestions.html", q=request.args.get("q", ""))


def _sent() -> Response:
    return render("gallery/_sent.html", form=request.form)


def _failing() -> Response:
    if request.args.get("kind") == "conflict":
        raise Conflict(Text("金线在 09:21 保存了一次。"))
    if request.args.get("kind") == "broken":
        raise ValueError
    raise Refused(Text("草稿只对本单位可见。"), rule="CAT-03")


def _product_routes(app: Flask) -> None:
    """The pages that every page leads to, as empty as can be."""

    def nothing(**_values: object) -> Response:
        return Response("")

    def counter(key: str) -> Response:
        return render("_count.html", count=len(key))

    places: dict[str, str] = app.jinja_env.get_template("parts/places.html").make_module().PLACES  # type: ignore[attr-defined]
    rules = {"language": "/language/<key:code>", "counter": "/counters/<key:key>"}
    for place, endpoint in places.items():
        view = open_to_all(counter if place == "counter" else nothing)
        method = "POST" if place == "sign_out" else "GET"
        rule = rules.get(place, "/" + place.replace("_", "-"))
        app.add_url_rule(rule, endpoint, view, methods=[method])
