"""The words departments write for the keys of our code lists; data only."""

# key -> spellings (compared after `vocabulary.plain_value`)
UPDATE_CYCLE: dict[str, str] = {
    "realtime": """
        实时 实时更新 即时 即时更新 按实时更新 分钟级 小时级 秒级 实时动态 随时 动态更新 准实时
        每小时 每分钟 realtime real-time continuous""",
    "daily": """
        每日 每天 日 天 按日更新 按天更新 每日更新 每天更新 日更新 1天 1日 一天 逐日 每工作日
        daily""",
    "weekly": "每周 周 按周更新 每周更新 周更新 1周 一周 每星期 7天 七天 每七天 weekly",
    "monthly": "每月 月 按月更新 每月更新 月更新 1月 1个月 一个月 每个月 月度 30天 monthly",
    "quarterly": """
        每季度 每季 季 季度 按季更新 按季度更新 每季度更新 季度更新 1季度 一季度 3个月 三个月
        每三个月 每3个月 quarterly""",
    "halfyear": """
        每半年 半年 按半年更新 每半年更新 半年更新 半年度 6个月 六个月 每六个月 每6个月 一年两次
        halfyear half-yearly semiannual""",
    "yearly": """
        每年 年 按年更新 每年更新 年更新 年度 每年度 按年度更新 1年 一年 12个月 每一年 每年一次
        yearly annual annually""",
    "biennial": "每两年 两年 每2年 2年 二年 每二年 两年一次 biennial",
    "irregular": """
        不定期 不定时 不定期更新 不定时更新 按需 按需更新 不定 无固定周期 视情况 有变化时更新
        适时 适时更新 发生变更时 变更时更新 irregular""",
    "once": """
        一次性 静态 静态数据 不更新 一次性更新 无需更新 一次 历史数据 不再更新 静态(一次性)
        一次性(静态) 停止更新 once static never""",
    "other": "其他 其它 自定义 其他(必填说明) other custom",
}
# the numbers that one family of portal software writes in its own column
UPDATE_CYCLE_CODES: dict[str, dict[str, str]] = {
    "conf_update_cycle": {
        "1": "other",
        "2": "daily",
        "3": "weekly",
        "4": "monthly",
        "5": "quarterly",
        "6": "halfyear",
        "7": "yearly",
        "8": "realtime",
        "9": "irregular",
    },
}
SHARE_TYPE: dict[str, str] = {
    "unconditional": """
        无条件共享 无条件 1 01 完全共享 普遍共享 可共享 无条件共享类 1无条件共享 unconditional""",
    "conditional": """
        有条件共享 有条件 2 02 部分共享 依申请共享 条件共享 授权共享 2有条件共享 conditional""",
    "withheld": "不予共享 不共享 3 03 不可共享 非共享 不予 3不予共享 withheld",
}
OPEN_TYPE: dict[str, str] = {
    "unconditional": """
        无条件开放 无条件 完全开放 登录开放 普遍开放 免费开放 全部开放 主动开放 01 无条件开放类
        注册开放 实名开放 unconditional public""",
    "conditional": """
        有条件开放 有条件 申请开放 依申请开放 受限开放 部分开放 02 限制开放 授权开放 条件开放
        需申请 有条件开放类 conditional restricted""",
    "withheld": """
        不予开放 不开放 否 非开放 不可开放 03 禁止开放 暂不开放 不予 非开放类 不宜开放 no n
        false 0 withheld""",
}
OPEN_TYPE_WEAK = "是 可开放 开放 已开放 向社会开放 1 yes y true open"
OPEN_ACCESS: dict[str, str] = {
    "direct": "完全开放 直接获取 直接开放 直接下载 免费开放 direct",
    "sign_in": "登录开放 注册开放 实名开放 登录后获取 登录获取 登录下载 sign_in",
    "application": "申请开放 依申请开放 需申请 申请后获取 申请获取 依申请 application",
}
SHARE_MODE: dict[str, str] = {
    "platform": "共享平台方式 共享平台 平台 平台共享 1 平台方式 platform 库表 接口 文件下载",
    "mail": "邮件方式 邮件 2 mail 电子邮件",
    "media": "介质方式 介质 3 拷盘 介质交换 光盘 邮件或介质 邮件、拷盘、介质交换 media",
}
SHARE_MODE_TYPE: dict[str, str] = {
    "database": "数据库 库表 库表交换 数据库表 database table",
    "file": "文件 文件下载 文件交换 file",
    "api": "接口 服务接口 api 服务 接口服务",
}
BASIS_LEVEL: dict[str, str] = {
    "law": "法律 law",
    "administrative_regulation": "行政法规 administrative_regulation",
    "state_council": "国务院决定 党中央国务院政策依据 国务院规定 state_council",
    "local_regulation": "地方性法规 地方法规 local_regulation",
    "rule": "规章 部门规章 地方政府规章 政府规章 rule",
    "other": "其他 其它 规范性文件 other",
}
SECURITY_LEVEL: dict[str, str] = {
    "general_1": "一般数据1级 1级 一级 l1 一般1级 第一级 1 公开 general_1 一般数据一级",
    "general_2": "一般数据2级 2级 二级 l2 一般2级 第二级 2 内部 general_2 一般数据二级",
    "general_3": "一般数据3级 3级 三级 l3 一般3级 第三级 3 敏感 general_3 一般数据三级",
    "general_4": "一般数据4级 4级 四级 l4 一般4级 第四级 4 general_4 一般数据四级",
    "important": "重要数据 重要 important",
    "core": "核心数据 核心 core",
}
FORMAT_CLASS: dict[str, str] = {
    "electronic_file": "电子文件 文件 electronic_file",
    "spreadsheet": "电子表格 表格 spreadsheet",
    "database": "数据库 库表 database",
    "image": "图形图像 图像 图片 image",
    "stream": "流媒体 音视频 stream",
    "self_described": "自描述格式 self_described",
    "service": "服务接口 接口 服务 service",
}
COLLECTION: dict[str, str] = {
    "incremental": "增量 1 增量更新 增量归集 incremental",
    "full": "全量 2 全量更新 全量归集 full",
}
SCOPE: dict[str, str] = {
    "city": "全市 01 1 市级 全市范围 city",
    "city_level": "市直 02 2 市本级 city_level",
    "district": "区县 03 3 县区 区县级 district",
}
SCENES: dict[str, str] = {
    "government_service": "政务服务 1 01 government_service",
    "public_service": "公共服务 2 02 public_service",
    "supervision": "监管 3 03 市场监管 社会治理 supervision",
    "other": "其他 其它 4 04 other",
}
SUBJECTS: dict[str, str] = {
    "person": "人 人口 自然人 person",
    "place": "地 地理 空间 place",
    "event": "事 事件 event",
    "thing": "物 物品 thing",
    "organisation": "组织 法人 机构 organisation organization",
    "other": "其他 其它 other",
}
SUBJECT_BITS: dict[int, str] = {
    1: "person",
    2: "place",
    4: "event",
    8: "thing",
    16: "organisation",
    32: "other",
}
ITEM_TYPE: dict[str, str] = {
    "string": """
        字符串型c 字符型c 字符型 字符串 字符串型 字符 文本 文本型 c varchar varchar2 char string
        nvarchar str""",
    "number": "数值型n 数值型 数值 数字 数字型 n number numeric decimal",
    "currency": "货币型y 货币型 货币 金额 y money currency",
    "date": "日期型d 日期型 日期 d date",
    "datetime": "日期时间型t 日期时间型 日期时间 时间 时间型 t datetime timestamp time",
    "boolean": "逻辑型l 逻辑型 布尔 布尔型 l bool boolean",
    "memo": "备注型m 备注型 备注 m memo",
    "general": "通用型g 通用型 通用 g general",
    "double": "双精度型b 双精度型 双精度 b double",
    "integer": "整型i 整型 整数 整数型 i int integer bigint smallint tinyint long",
    "float": "浮点型f 浮点型 浮点 浮点数 f float real",
    "binary": "二进制blob 二进制 blob binary bytea 图片",
    "text": "长文本text 长文本 text clob longtext mediumtext",
    "other": "自定义 其他 其它 other",
}
THEMES: dict[str, str] = {
    "general": "综合政务 综合类 综合 政务服务 综合政务类 审计审查 地名地址 general",
    "organisations": "机构团体 组织机构 机构 organisations",
    "health": "卫生健康 医疗卫生 健康卫生 医疗健康 健康保障 health 医药卫生",
    "society": "社会发展 社会资源 社会民生 社会治理 民政 民政社区 军人安置 society",
    "economy": """
        经济建设 经济发展 工业经济 商贸流通 商业服务 商务贸易 经济管理 经济 economy 工业农业
        工业制造""",
    "agriculture": "农业农村 农业 三农 农林牧渔 农业、水利 agriculture 工业农业",
    "market": "市场监管 市场监督 工商 market",
    "safety": "安全生产 应急管理 安全监管 safety 生产安全",
    "resources": "资源环境 资源能源 自然资源 能源 resources 国土资源",
    "culture": "文化休闲 文化旅游 旅游 文体 体育 文化 culture 文体旅游 文体休闲",
    "public_security": "公共安全 公安 社会安全 public_security",
    "weather": "气象服务 气象 weather",
    "housing": "城建住房 城市建设 城乡建设 住房 住建 housing 市政工程",
    "employment": "社保就业 社会保障 就业 人社 劳动就业 人力资源 employment",
    "credit": "信用服务 信用 信用体系 credit",
    "finance": "财税金融 财政金融 金融 财政 税务 财税 finance",
    "transport": "道路交通 交通运输 交通出行 交通 交通服务 transport",
    "relief": "社会救助 社会福利 救助 relief",
    "environment": "生态环境 环境保护 生态文明 环保 生态 environment",
    "education": "教育文化 教育 科学教育 教育科技 education",
    "science": "科技创新 科技 科学技术 science 教育科技 科学教育",
    "law": "法律服务 司法 法律 law 政法",
    "geography": "地理空间 测绘 空间地理 geography 地理信息",
    "living": "生活服务 民生服务 便民服务 民生 living 生活",
}
INDUSTRIES: dict[str, str] = {
    "A": "农、林、牧、渔业 农林牧渔业 农业",
    "B": "采矿业",
    "C": "制造业 工业",
    "D": "电力、热力、燃气及水生产和供应业 电力、燃气及水的生产和供应业",
    "E": "建筑业",
    "F": "批发和零售业 批发与零售业",
    "G": "交通运输、仓储和邮政业 交通运输、仓储及邮政业",
    "H": "住宿和餐饮业",
    "I": "信息传输、软件和信息技术服务业 信息传输、计算机服务和软件业",
    "J": "金融业",
    "K": "房地产业",
    "L": "租赁和商务服务业",
    "M": "科学研究和技术服务业 科学研究、技术服务和地质勘查业 科学研究和技术服务",
    "N": "水利、环境和公共设施管理业 水利环境和公共设施管理业",
    "O": "居民服务、修理和其他服务业 居民服务和其他服务业",
    "P": "教育 教育业",
    "Q": "卫生和社会工作 卫生、社会保障和社会福利业",
    "R": "文化、体育和娱乐业",
    "S": "公共管理、社会保障和社会组织 公共管理和社会组织",
    "T": "国际组织",
}
# spelling -> (kind, format); spellings not here are judged by `FILE_FORMATS`
RESOURCES: dict[str, tuple[str, str]] = {
    "data": ("file", "data"),
    "file": ("file", ""),
    "文件": ("file", ""),
    "文件集": ("file", ""),
    "文件下载": ("file", ""),
    "数据下载": ("file", "data"),
    "数据": ("file", "data"),
    "table": ("table", ""),
    "库表": ("table", ""),
    "数据库": ("table", ""),
    "数据库表": ("table", ""),
    "数据集": ("table", ""),
    "数据表": ("table", ""),
    "database": ("table", ""),
    "db": ("table", ""),
    "api": ("api", "api"),
    "接口": ("api", "api"),
    "api服务": ("api", "api"),
    "api接口": ("api", "api"),
    "服务接口": ("api", "api"),
    "数据接口": ("api", "api"),
    "接口服务": ("api", "api"),
    "webservice": ("api", "webservice"),
    "wms": ("api", "wms"),
    "地图": ("api", "map"),
    "地图服务": ("api", "map"),
    "map": ("api", "map"),
    "link": ("file", "link"),
    "链接": ("file", "link"),
    "excel": ("file", "xlsx"),
    "电子表格": ("file", "xlsx"),
    "word": ("file", "docx"),
    "图片": ("file", "image"),
    "其他": ("file", "other"),
    "其它": ("file", "other"),
}
RESOURCE_CODES: dict[str, dict[str, tuple[str, str]]] = {
    "conf_use_type": {
        "1": ("table", ""),
        "2": ("file", ""),
        "3": ("api", "api"),
        "4": ("api", "map"),
    },
}
FILE_FORMATS = """
    csv tsv txt xls xlsx et ods json jsonl geojson xml rdf ttl html htm pdf doc docx wps ofd ppt
    pptx zip rar 7z gz jpg jpeg png gif bmp tif tiff shp kml kmz gdb dwg dxf mdb accdb dbf sql
    parquet mp3 mp4 avi wmv
"""
DATABASE_FORMATS = """
    dm kingbasees oracle sqlserver mysql postgresql db2 access dbase sysbase sybase gbase
    oceanbase hive
"""
YES = "是 有 1 true yes y √ ✓ 对 t 需要 需 已"
NO = "否 无 0 false no n × x ✗ 不 错 f 不需要 未 非"
BLANK = """
    无 暂无 空 - -- — —— / \\ null none nan n/a na 不详 未填写 未知 undefined 待定 待补充
    暂缺 暂无数据 无数据 [] {} 请选择 暂无描述 #n/a
"""
# what says that a row may not be here; anything else in such a column is refused too
MARKED = """
    涉密 国家秘密 工作秘密 秘密 机密 绝密 秘密级 机密级 绝密级 涉密信息 涉密数据 涉密级 属于涉密
    涉密资源 是(涉密) 涉密目录 涉密信息资源 涉及国家秘密 属国家秘密 属于国家秘密 含国家秘密
    涉及工作秘密 属于工作秘密
"""
UNMARKED = """
    否 非涉密 不涉密 0 false no n × 无 公开 未涉密 非密 不 普通 一般 不涉及 非涉密信息
    非涉密数据 不属于涉密 无密级 未定密 - / f 非涉密资源
"""
GRADE_TERM = r"(绝密|机密|秘密)[级]?[★☆*][0-9一二三四五六七八九十]*(年|月|个月|长期|启封)?"
# how names of units end, for columns whose label says nothing
UNIT_ENDINGS = """
    局 委员会 委 办公室 办 中心 政府 院 厅 队 支队 总队 处 所 馆 公司 集团 协会 管委会 街道 区
    县 市 镇 站 部 学校 分局 联合会 会 银行 社 大队
"""
TITLE_ENDINGS = """
    信息 名单 数据 情况 表 目录 公告 统计 名录 清单 一览表 结果 公示 记录 列表 概况 指标 明细
    台账 档案
"""
RANGE_SIGNS = r"至|到|~|～|—|－{1,2}|--|\s-\s"
DATE_NOW = "至今 今 现在 目前 长期"
TEN_THOUSAND = {"万": 10_000, "亿": 100_000_000, "千": 1_000, "w": 10_000, "k": 1_000}
COUNT_UNITS = "条 个 行 项 件 份 次 张 人 户 家"
SIZE_UNITS: dict[str, int] = {
    "b": 1,
    "字节": 1,
    "k": 1024,
    "kb": 1024,
    "m": 1024**2,
    "mb": 1024**2,
    "兆": 1024**2,
    "g": 1024**3,
    "gb": 1024**3,
    "t": 1024**4,
    "tb": 1024**4,
}
DATE_SIGNS = {"年": "-", "月": "-", "日": " ", "时": ":", "分": ":", "秒": " "}
QUOTES = "‘’“”'\"「」『』"
ITEM_BARS, ITEM_COMMAS, ITEM_SLASHES = "|;；\n\t丨", "、,，", "/／·"
LIST_SIGNS = "\n|;；,，、"
CATEGORY_SIGNS = r"\s*(?:/|>|→|\\|－>|->|\|)\s*"
CYCLE_PATTERN = (
    r"(?:更新周期[为是]?|更新频率[为是]?)?(?:每|按|逐|约)?隔?(半|[0-9]+|[一二两三四五六七八九十]+)?个?"
    r"(年|季度|季|月|周|星期|日|天|小时|分钟|秒)(?:度)?(?:更新|发布)?(?:[一1]次)?(?:更新)?"
)
CYCLE_UNITS = {
    "年": 360,
    "季度": 90,
    "季": 90,
    "月": 30,
    "周": 7,
    "星期": 7,
    "日": 1,
    "天": 1,
    "小时": 0,
    "分钟": 0,
    "秒": 0,
}
CYCLE_DAYS = {
    0: "realtime",
    1: "daily",
    7: "weekly",
    30: "monthly",
    90: "quarterly",
    180: "halfyear",
    360: "yearly",
    720: "biennial",
}
DIGITS = {
    "半": 0.5,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
}
NUMBER_PATTERN = (
    r"[约大于超过近共>≥<≤]*([-+]?[0-9][0-9,]*\.?[0-9]*(?:e[0-9]+)?)"
    r"([万亿千wk]*)([a-z条个行项件份次张人户家吉]*)\+?"
)
GIGABYTES = {"": 1.0, "g": 1.0, "gb": 1.0, "吉": 1.0, "m": 1 / 1024, "mb": 1 / 1024, "t": 1024.0,
             "tb": 1024.0, "k": 1 / 1024**2, "kb": 1 / 1024**2}  # fmt: skip
MASKED = r"[0-9+\-]*[*xX×]{4,}[0-9]*"
OPENING, CLOSING = "(（[【《", ")）]】》"
GRADE_SIGN = "密"
LEVEL_SIGN = "级"  # 分钟级, 小时级: the text itself says more than the key
JOINTS = r"[、,，和及与的\s/]"  # what names of industries are joined with
OTHER = "其他 其它 综合其他 自定义 other"
