"""What the import takes and gives, shared by its pages and its API."""

from marshmallow import fields, validate

from catalog.entries.document import identifier
from catalog.entries.imports.models import INTERRUPTED, OUTCOMES, STAGES
from portal.kernel.paging import DEEPEST, LARGEST_PAGE, PAGE_SIZE
from portal.kernel.schemas import PortalSchema, between, length, matches, one_of
from portal.kernel.text import _

MOST_COLUMNS, MOST_UNITS = 500, 200


class ImportOptions(PortalSchema):
    """How a sent file is to be read: its region, and the unit of rows that name none."""

    region = fields.String(
        load_default=None,
        validate=matches(r"\d{6}", _("行政区划代码应为 6 位数字，例如 370100。")),
    )
    unit = fields.String(
        load_default=None,
        validate=matches(
            r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", _("没有这个单位。请重新选择。")
        ),
    )


class ImportUpload(ImportOptions):
    """Beside the file: its name, where the body of the request is the file itself."""

    name = fields.String(load_default="", validate=length(200))


class ImportPageQuery(PortalSchema):
    """Which page of a list, and how long the pages are."""

    page = fields.Integer(load_default=1, validate=between(1, DEEPEST))
    size = fields.Integer(load_default=PAGE_SIZE, validate=between(1, LARGEST_PAGE))


class ImportProblemsQuery(ImportPageQuery):
    """A page of problems, of all rows or of those that are refused."""

    refused = fields.Boolean(load_default=False)


class ImportRowsQuery(ImportPageQuery):
    """A page of rows, of one outcome or all."""

    outcome = fields.String(load_default=None, validate=one_of(OUTCOMES))


class ImportUnitsQuery(PortalSchema):
    """Units that wait for confirmation, or those that are known."""

    waiting = fields.Boolean(load_default=True)


class ImportMapping(PortalSchema):
    """Which field each named column fills; an empty field leaves the column out."""

    columns = fields.Dict(
        keys=fields.String(validate=length(500, 1)),
        values=fields.String(validate=length(60)),
        required=True,
        validate=length(MOST_COLUMNS),
    )


class ImportUnitChoices(PortalSchema):
    """What the named units are: units of ours, or new ones.

    `choices`: named unit → unit of ours; `enter`: named units to be entered as new ones;
    `enter_rest`: all that are still unknown.
    """

    choices = fields.Dict(
        keys=identifier(), values=identifier(), load_default=dict, validate=length(MOST_UNITS)
    )
    enter = fields.List(identifier(), load_default=list, validate=length(MOST_UNITS))
    enter_rest = fields.Boolean(load_default=False)


class ImportStart(PortalSchema):
    """Whether the drafts are to be published as well, by who may."""

    publish = fields.Boolean(load_default=False)


class ImportCounts(PortalSchema):
    """What became of the rows: read = new + changed + unchanged + merged + refused."""

    read = fields.Integer(required=True)
    new = fields.Integer(required=True)
    changed = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    merged = fields.Integer(required=True)
    refused = fields.Integer(required=True)


class ImportWaiting(PortalSchema):
    """Named units that nobody has confirmed, and their entries.

    `expected` counts these as new; without confirmation they are refused.
    """

    units = fields.Integer(required=True)
    records = fields.Integer(required=True)


class ImportProgress(PortalSchema):
    """How far the run is; `total` null while it is not known."""

    done = fields.Integer(required=True)
    total = fields.Integer(required=True, allow_none=True)
    words = fields.String(required=True)


class ImportColumn(PortalSchema):
    """One column of the file and the field that it fills, null when none."""

    source = fields.String(required=True)
    field = fields.String(required=True, allow_none=True)
    confidence = fields.Float(required=True)


class ImportLinks(PortalSchema):
    """Addresses of the page and of the problem report; null where there is no report."""

    page = fields.String(required=True)
    problems_csv = fields.String(required=True)
    returned = fields.String(required=True, allow_none=True)


class ImportHead(PortalSchema):
    """One import as lists show it."""

    id = fields.String(required=True)
    file_name = fields.String(required=True)
    file_size = fields.Integer(required=True)
    stage = fields.String(required=True, validate=validate.OneOf((*STAGES, INTERRUPTED)))
    unit_id = fields.String(required=True, allow_none=True)
    region_code = fields.String(required=True)
    created_at = fields.String(required=True)
    created_by_name = fields.String(required=True)
    finished_at = fields.String(required=True, allow_none=True)
    counts = fields.Nested(ImportCounts, required=True)
    problems = fields.Integer(required=True)


class ImportsAnswer(PortalSchema):
    """A page of imports, newest first."""

    total = fields.Integer(required=True)
    imports = fields.List(fields.Nested(ImportHead), required=True)


class ImportAnswer(ImportHead):
    """One import: where it stands, how its file was read, what may be done with it."""

    default_unit_id = fields.String(required=True, allow_none=True)
    publish = fields.Boolean(required=True)
    error = fields.String(required=True, allow_none=True)
    progress = fields.Nested(ImportProgress, required=True)
    expected = fields.Nested(ImportCounts, required=True, allow_none=True)
    published = fields.Integer(required=True)
    missing = fields.Integer(required=True)
    columns = fields.List(fields.Nested(ImportColumn), required=True)
    values = fields.Dict(
        keys=fields.String(), values=fields.Dict(keys=fields.String()), required=True
    )
    notes = fields.List(fields.String(), required=True)
    unknown_units = fields.Integer(required=True)
    waiting = fields.Nested(ImportWaiting, required=True)
    actions = fields.List(fields.String(), required=True)
    links = fields.Nested(ImportLinks, required=True)


class ImportField(PortalSchema):
    """A field that a column may fill."""

    name = fields.String(required=True)
    label = fields.String(required=True)


class ImportFieldsAnswer(PortalSchema):
    """All fields that a column may fill."""

    fields_ = fields.List(fields.Nested(ImportField), required=True, data_key="fields")


class ImportUnitAnswer(PortalSchema):
    """A unit as the file names it, and which unit of ours it is."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    credit_code = fields.String(required=True)
    region = fields.String(required=True)
    region_code = fields.String(required=True, allow_none=True)
    entries = fields.Integer(required=True)
    first_row = fields.Integer(required=True)
    unit_id = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class ImportUnitsAnswer(PortalSchema):
    """The named units in the order of the file, at most 200; `waiting` counts all unknown ones."""

    waiting = fields.Integer(required=True)
    units = fields.List(fields.Nested(ImportUnitAnswer), required=True)


class ImportProblemAnswer(PortalSchema):
    """One problem; of a secret row nothing but its number is known."""

    row = fields.Integer(required=True)
    column = fields.String(required=True, allow_none=True)
    value = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True)
    refused = fields.Boolean(required=True)
    secret = fields.Boolean(required=True)


class ImportProblemsAnswer(PortalSchema):
    """A page of problems, in the order of the rows."""

    total = fields.Integer(required=True)
    problems = fields.List(fields.Nested(ImportProblemAnswer), required=True)


class ImportRowAnswer(PortalSchema):
    """What became of one entry of the file; `doubles` are rows that may mean the same."""

    row = fields.Integer(required=True)
    rows = fields.Integer(required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))
    title = fields.String(required=True)
    entry_id = fields.String(required=True, allow_none=True)
    unit_id = fields.String(required=True, allow_none=True)
    doubles = fields.List(fields.String(), required=True)
    kept = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class ImportRowsAnswer(PortalSchema):
    """A page of entries of the file, unit by unit."""

    total = fields.Integer(required=True)
    rows = fields.List(fields.Nested(ImportRowAnswer), required=True)


class ImportMissingEntry(PortalSchema):
    """An entry that earlier files had and this one has not."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    code = fields.String(required=True, allow_none=True)
    unit_id = fields.String(required=True)
    standing = fields.String(required=True)
    metadata_changed_at = fields.String(required=True)


class ImportMissingAnswer(PortalSchema):
    """A page of entries that the file no longer has, by name."""

    total = fields.Integer(required=True)
    entries = fields.List(fields.Nested(ImportMissingEntry), required=True)
