"""A bare Flask page of twenty rows and nine lists, to tell how fast the machine is today."""

from flask import Flask, render_template

app = Flask(__name__, template_folder="templates")
ROWS = [{"title": f"title {n}", "text": "text " * 20, "href": f"/rows/{n}"} for n in range(20)]
LISTS = [
    {"name": f"list {n}", "values": [(f"value {v}", v * 7) for v in range(12)]} for n in range(9)
]


@app.get("/")
def page() -> str:
    """The page."""
    return render_template("bare.html", rows=ROWS, lists=LISTS)
