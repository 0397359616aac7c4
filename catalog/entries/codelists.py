"""The code lists of catalog entries (发改高技〔2017〕1272号 and the city's additions)."""

from portal.kernel.codes import CodeList
from portal.kernel.text import _

GUIDE = _("《政务信息资源目录编制指南（试行）》（发改高技〔2017〕1272号）")
LOCAL = _("本市约定")

SHARE_TYPES = CodeList(
    "share_type",
    _("共享类型"),
    {"unconditional": _("无条件共享"), "conditional": _("有条件共享"), "withheld": _("不予共享")},
    GUIDE,
)
OPEN_TYPES = CodeList(
    "open_type",
    _("开放类型"),
    {"unconditional": _("无条件开放"), "conditional": _("有条件开放"), "withheld": _("不予开放")},
    _("《山东省公共数据开放办法》"),
)
OPEN_ACCESS = CodeList(
    "open_access",
    _("获取方式"),
    {"direct": _("直接获取"), "sign_in": _("登录后获取"), "application": _("申请后获取")},
    LOCAL,
)
BASIS_LEVELS = CodeList(
    "basis_level",
    _("依据层级"),
    {
        "law": _("法律"),
        "administrative_regulation": _("行政法规"),
        "state_council": _("国务院决定"),
        "local_regulation": _("地方性法规"),
        "rule": _("规章"),
        "other": _("其他"),
    },
    LOCAL,
)
SHARE_MODES = CodeList(
    "share_mode",
    _("共享方式"),
    {"platform": _("共享平台方式"), "mail": _("邮件方式"), "media": _("介质方式")},
    GUIDE,
)
SHARE_MODE_TYPES = CodeList(
    "share_mode_type",
    _("共享方式类型"),
    {"database": _("数据库"), "file": _("文件"), "api": _("接口")},
    GUIDE,
)
FORMAT_CLASSES = CodeList(
    "format_class",
    _("信息资源格式分类"),
    {
        "electronic_file": _("电子文件"),
        "spreadsheet": _("电子表格"),
        "database": _("数据库"),
        "image": _("图形图像"),
        "stream": _("流媒体"),
        "self_described": _("自描述格式"),
        "service": _("服务接口"),
    },
    GUIDE,
)
UPDATE_CYCLES = CodeList(
    "update_cycle",
    _("更新周期"),
    {
        "realtime": _("实时"),
        "daily": _("每日"),
        "weekly": _("每周"),
        "monthly": _("每月"),
        "quarterly": _("每季度"),
        "halfyear": _("每半年"),
        "yearly": _("每年"),
        "biennial": _("每两年"),
        "irregular": _("不定期"),
        "once": _("一次性"),
        "other": _("其他"),
    },
    GUIDE,
)
SECURITY_LEVELS = CodeList(
    "security_level",
    _("安全等级"),
    {
        "general_1": _("一般数据1级"),
        "general_2": _("一般数据2级"),
        "general_3": _("一般数据3级"),
        "general_4": _("一般数据4级"),
        "important": _("重要数据"),
        "core": _("核心数据"),
    },
    _("GB/T 43697-2024"),
)
THEMES = CodeList(
    "theme",
    _("主题领域"),
    {
        "general": _("综合政务"),
        "organisations": _("机构团体"),
        "health": _("卫生健康"),
        "society": _("社会发展"),
        "economy": _("经济建设"),
        "agriculture": _("农业农村"),
        "market": _("市场监管"),
        "safety": _("安全生产"),
        "resources": _("资源环境"),
        "culture": _("文化休闲"),
        "public_security": _("公共安全"),
        "weather": _("气象服务"),
        "housing": _("城建住房"),
        "employment": _("社保就业"),
        "credit": _("信用服务"),
        "finance": _("财税金融"),
        "transport": _("道路交通"),
        "relief": _("社会救助"),
        "environment": _("生态环境"),
        "education": _("教育文化"),
        "science": _("科技创新"),
        "law": _("法律服务"),
        "geography": _("地理空间"),
        "living": _("生活服务"),
    },
    LOCAL,
)
INDUSTRIES = CodeList(
    "industry",
    _("所属行业"),
    {
        "A": _("农、林、牧、渔业"),
        "B": _("采矿业"),
        "C": _("制造业"),
        "D": _("电力、热力、燃气及水生产和供应业"),
        "E": _("建筑业"),
        "F": _("批发和零售业"),
        "G": _("交通运输、仓储和邮政业"),
        "H": _("住宿和餐饮业"),
        "I": _("信息传输、软件和信息技术服务业"),
        "J": _("金融业"),
        "K": _("房地产业"),
        "L": _("租赁和商务服务业"),
        "M": _("科学研究和技术服务业"),
        "N": _("水利、环境和公共设施管理业"),
        "O": _("居民服务、修理和其他服务业"),
        "P": _("教育"),
        "Q": _("卫生和社会工作"),
        "R": _("文化、体育和娱乐业"),
        "S": _("公共管理、社会保障和社会组织"),
        "T": _("国际组织"),
    },
    _("GB/T 4754-2017"),
)
SUBJECTS = CodeList(
    "subject",
    _("基础信息分类"),
    {
        "person": _("人"),
        "place": _("地"),
        "event": _("事"),
        "thing": _("物"),
        "organisation": _("组织"),
        "other": _("其他"),
    },
    LOCAL,
)
SCOPES = CodeList(
    "scope",
    _("数据范围"),
    {"city": _("全市"), "city_level": _("市直"), "district": _("区县")},
    LOCAL,
)
SCENES = CodeList(
    "scene",
    _("应用场景分类"),
    {
        "government_service": _("政务服务"),
        "public_service": _("公共服务"),
        "supervision": _("监管"),
        "other": _("其他"),
    },
    LOCAL,
)
COLLECTIONS = CodeList(
    "collection", _("归集机制"), {"incremental": _("增量"), "full": _("全量")}, LOCAL
)
ITEM_TYPES = CodeList(
    "item_type",
    _("数据类型"),
    {
        "string": _("字符型"),
        "number": _("数值型"),
        "currency": _("货币型"),
        "date": _("日期型"),
        "datetime": _("日期时间型"),
        "boolean": _("逻辑型"),
        "memo": _("备注型"),
        "general": _("通用型"),
        "double": _("双精度型"),
        "integer": _("整型"),
        "float": _("浮点型"),
        "binary": _("二进制"),
        "text": _("长文本"),
        "other": _("自定义"),
    },
    GUIDE,
)
RESOURCE_KINDS = CodeList(
    "resource_kind", _("资源类型"), {"table": _("库表"), "file": _("文件"), "api": _("接口")}, LOCAL
)
TIMELINESS = CodeList(
    "timeliness",
    _("更新情况"),
    {
        "fresh": _("更新及时"),
        "due": _("即将到期"),
        "overdue": _("超期未更新"),
        "unknown": _("更新时间不详"),
        "none": _("无固定周期"),
    },
    LOCAL,
)
ALL = (
    SHARE_TYPES,
    OPEN_TYPES,
    OPEN_ACCESS,
    BASIS_LEVELS,
    SHARE_MODES,
    SHARE_MODE_TYPES,
    FORMAT_CLASSES,
    UPDATE_CYCLES,
    SECURITY_LEVELS,
    THEMES,
    INDUSTRIES,
    SUBJECTS,
    SCOPES,
    SCENES,
    COLLECTIONS,
    ITEM_TYPES,
    RESOURCE_KINDS,
    TIMELINESS,
)
