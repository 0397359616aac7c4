"""The roles of people as data (domain §2.1), and which of them exclude one another."""

from dataclasses import dataclass

from portal.kernel.text import Text, _

PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Role:
    """What a person may be; the rights follow from the permissions' own tables.

    `needs_unit`: held in one unit only. `government`: not for enterprises and societies.
    """

    key: str
    label: Text
    help: Text
    needs_unit: bool = False
    government: bool = True


ROLES: tuple[Role, ...] = (
    Role(
        "chief_representative",
        _("首席代表"),
        _("签发本单位的目录和清单，答复申请，对本单位的数据负责。"),
        needs_unit=True,
    ),
    Role(
        "deputy_representative",
        _("副代表"),
        _("首席代表不在时代行其职责，日常联络。"),
        needs_unit=True,
    ),
    Role("editor", _("编目员"), _("编制本单位目录，导入和整改数据。"), needs_unit=True),
    Role("reviewer", _("主管部门审核员"), _("审核、发布、退回、暂停目录，派发和监督。")),
    Role("standards_officer", _("标准管理员"), _("组织标准的起草、论证和发布。")),
    Role("standards_expert", _("标准专家"), _("论证标准，签署意见。")),
    Role("security_officer", _("安全管理员"), _("分级、脱敏和安全监管。")),
    Role("auditor", _("安全审计员"), _("查看操作留痕，不能改动任何内容。")),
    Role(
        "district_administrator",
        _("区县管理员"),
        _("管理本区县的单位和用户，处理本区县的目录。"),
        needs_unit=True,
    ),
    Role("administrator", _("系统管理员"), _("运行、用户和单位；无权查看或改动未公开的内容。")),
    Role("consumer", _("数据使用人"), _("申请和使用其他单位的数据。"), needs_unit=True),
    Role("enterprise", _("企业用户"), _("调用接口，申报政策。"), government=False),
    Role(PUBLIC, _("公众"), _("检索、纠错、评分。"), government=False),
)
_BY_KEY = {role.key: role for role in ROLES}

# The three administrators are three people (security management centre of GB/T 22239-2019).
INCOMPATIBLE: tuple[frozenset[str], ...] = (
    frozenset({"administrator", "security_officer"}),
    frozenset({"administrator", "auditor"}),
    frozenset({"security_officer", "auditor"}),
)


def role(key: str) -> Role | None:
    """The role of that name, or nothing."""
    return _BY_KEY.get(key)


def label(key: str) -> Text:
    """The role's name for people; KeyError if there is no such role."""
    return _BY_KEY[key].label


def conflicts(key: str, held: frozenset[str]) -> frozenset[str]:
    """The roles among those held that exclude the given one."""
    return frozenset(other for pair in INCOMPATIBLE if key in pair for other in pair & held) - {key}
