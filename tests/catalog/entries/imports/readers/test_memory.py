"""Memory stays bounded: a file ten times as large takes no more."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[5]
SCRIPT = """
import pathlib, resource, sys
from catalog.entries.imports.reading import read_file
with read_file(pathlib.Path(sys.argv[1])) as reading:
    count = sum(1 for _draft in reading.drafts())
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def megabytes(path: Path, records: int) -> int:
    with path.open("w", encoding="utf-8") as stream:
        for number in range(records):
            record = {"标题": f"数据{number}", "来源部门": "济南市教育局", "摘要": "说明" * 500}
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    count, used = map(int, done.stdout.split())
    assert count == records
    return used


def test_ten_times_the_records_take_no_more_memory(tmp_path: Path) -> None:
    small = megabytes(tmp_path / "small.json", 600)
    large = megabytes(tmp_path / "large.json", 6000)
    assert large < small + 20
