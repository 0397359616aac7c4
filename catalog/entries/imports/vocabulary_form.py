"""The words of the official catalog form: its columns, their groups and the lists beside it."""

SHEET = "政务信息资源目录"
DICTIONARY = "字典"
PROVIDERS = "信息资源提供方"
OTHER_SHEETS = frozenset({"字典", "填表说明", "填写说明", "说明", "字典表", "代码表", "数据字典"})
HEADING = "政务信息资源Excel模版"
REQUIRED, OPTIONAL = "（必填项）", "（选填项）"
CATEGORY_GROUP = "信息资源分类"
LEVELS = (
    "类分类", "项分类", "目分类", "细目分类", "分类五级", "分类六级", "分类七级", "分类八级",
    "分类九级", "分类十级", "分类十一级", "分类十二级", "分类十三级", "分类十四级", "分类十五级",
    "分类十六级", "分类十七级", "分类十八级", "分类十九级", "分类二十级", "分类二十一级",
    "分类二十二级", "分类二十三级", "分类二十四级", "分类二十五级", "分类二十六级",
)  # fmt: skip
# (group, label, field, required, of the entry (not of the item))
COLUMNS: tuple[tuple[str, str, str, bool, bool], ...] = (
    ("", "信息资源名称", "title", True, True),
    ("", "信息资源代码", "code", False, True),
    ("信息资源提供方", "信息资源提供方", "unit", True, True),
    ("信息资源提供方", "提供方内部部门", "provider_office", False, True),
    ("", "资源提供方代码", "unit_code", True, True),
    ("", "信息资源摘要", "abstract", True, True),
    ("信息资源格式", "信息资源格式分类", "format_class", True, True),
    ("信息资源格式", "信息资源格式类型", "format_details", True, True),
    ("信息资源格式", "其他类型资源格式描述", "format_note", False, True),
    ("信息资源大普查", "数据存储总量（G）", "volume.storage_gb", True, True),
    ("信息资源大普查", "结构化信息记录总数（万）", "volume.records_10k", True, True),
    ("信息资源大普查", "已共享的数据存储量（G）", "volume.shared_storage_gb", True, True),
    ("信息资源大普查", "已共享结构化记录数（万）", "volume.shared_records_10k", True, True),
    ("信息资源大普查", "已开放的数据存储量（G）", "volume.open_storage_gb", True, True),
    ("信息资源大普查", "已开放结构化记录数（万）", "volume.open_records_10k", True, True),
    ("信息项信息", "信息项名称", "items.name", True, False),
    ("信息项信息", "数据类型", "items.type", True, False),
    ("信息项信息", "数据长度", "items.length", True, False),
    ("共享属性", "共享类型", "share_type", True, True),
    ("共享属性", "共享条件", "share_condition", True, True),
    ("共享方式", "共享方式分类", "share_mode", True, True),
    ("共享方式", "共享方式类型", "share_mode_types", True, True),
    ("开放属性", "是否向社会开放", "open_type", True, True),
    ("开放属性", "开放条件", "open_condition", False, True),
    ("", "更新周期", "update_cycle", True, True),
    ("", "发布日期", "issued_on", True, True),
    ("", "关联及类目名称", "related", False, True),
)
FORMATS: dict[str, tuple[str, ...]] = {
    "电子文件": ("doc", "docx", "html", "OFD", "pdf", "ppt", "txt", "wps", "xml", "其他"),
    "电子表格": ("et", "xls", "xlsx", "其他"),
    "数据库": (
        "access", "db2", "dbase", "dbf", "Dm", "KingbaseES", "oracle", "sqlServer", "sysbase",
        "mysql", "其他",
    ),
    "图形图像": ("bmp", "gif", "jpg", "其他"),
    "流媒体": ("mpg", "rm", "swf", "其他"),
    "自描述格式": ("表格驱动码", "其他"),
}  # fmt: skip
SHARE_MODES: dict[str, tuple[str, ...]] = {
    "共享平台方式": ("接口", "数据库", "文件"),
    "邮件或介质": ("无",),
}
SHARE_TYPES = ("无条件共享", "有条件共享", "不予共享")
YES_NO = ("是", "否")
CYCLES = ("实时", "每日", "每周", "每月", "每季度", "每半年", "每年", "其他")
ITEM_TYPES = (
    "字符串型C", "数值型N", "货币型Y", "日期型D", "日期时间型T", "逻辑型L", "备注型M", "通用型G",
    "双精度型B", "整型I", "浮点型F", "二进制blob", "长文本text",
)  # fmt: skip
