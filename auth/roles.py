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


# What each one can do today: a right is told here when there is a page for it, not before.
ROLES: tuple[Role, ...] = (
    Role(
        "chief_representative",
        _("首席代表"),
        _("对本单位的数据负责；编制本单位目录，提交审核。"),
        needs_unit=True,
    ),
    Role(
        "deputy_representative",
        _("副代表"),
        _("首席代表不在时代行其职责；编制本单位目录，提交审核。"),
        needs_unit=True,
    ),
    Role(
        "editor",
        _("编目员"),
        _("编制和导入本单位目录，提交审核。"),
        needs_unit=True,
    ),
    Role(
        "reviewer",
        _("主管部门审核员"),
        _("审核、发布、退回、暂停、恢复和撤销目录，为各单位导入目录，登记新单位，备案首席代表。"),
    ),
    Role("standards_officer", _("标准管理员"), _("目前只能查看已发布的目录；标准管理尚未开通。")),
    Role("standards_expert", _("标准专家"), _("目前只能查看已发布的目录；标准管理尚未开通。")),
    Role("security_officer", _("安全管理员"), _("目前只能查看已发布的目录；分级和脱敏尚未开通。")),
    Role("auditor", _("安全审计员"), _("查看操作记录，不能改动任何内容。")),
    Role(
        "district_administrator",
        _("区县管理员"),
        _("审核、发布、退回、暂停和导入本区县的目录，登记导入时遇到的新单位，备案首席代表。"),
        needs_unit=True,
    ),
    Role(
        "administrator",
        _("系统管理员"),
        _("查看运行情况，重试失败事件，运行和停止任务；无权查看或改动未公开的内容。"),
    ),
    Role(
        "consumer",
        _("数据使用人"),
        _("查看全部已发布的目录，包括不予开放的；在线申请尚未开通，请联系责任单位。"),
        needs_unit=True,
    ),
    Role("enterprise", _("企业用户"), _("检索和查看公开的目录。"), government=False),
    Role(PUBLIC, _("公众"), _("检索和查看公开的目录。"), government=False),
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
