"""What generated entries are made of, beside the word lists: tails, kinds of titles, places."""

TITLE_KINDS = (
    "信息",
    "名录",
    "统计数据",
    "明细",
    "目录",
    "清单",
    "台账",
    "结果",
    "基本情况",
    "年报",
)
ABSTRACT_START = "{unit}在{first}{second}工作中形成的{kind}，按{cycle}汇总，"
ABSTRACT_JOINTS = ("、", "和", "，包括", "以及", "，用于", "，按", "的")
CYCLE_WORDS = ("日", "周", "月", "季度", "年")
TAIL_FIRST = "李王张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡"
TAIL_SECOND = "家庙桥河山泉井坡台楼店集寨口湾岭沟洼埠堂"
TAIL_LAST = "庄村屯坊里营街园"
ABSENT_FIRST = "龘靐齉爩麤灪滟鸾鹳蠡"
CATEGORY_TOP = ("部门信息资源", "主题信息资源", "基础信息资源")
CATEGORY_CITY, CATEGORY_DISTRICT = "市级部门", "区县部门"
OFFICES = ("办公室", "规划财务处", "信息中心", "政策法规处", "业务一处", "业务二处")
SYSTEM = "{first}{second}管理系统"
MASKING = "中间四位以星号代替"
CONDITION = "用于履行职责，不得转作他用"
BASIS = "《{first}{second}管理办法》第{number}条"
RESOURCE_NAME = "{title}（{form}）"
EDITED_TITLE = "基准修改{number}"
CSV_COLUMNS = {
    "信息资源名称": "title",
    "信息资源摘要": "abstract",
    "信息资源提供方": "unit",
    "行政区划代码": "region",
    "更新周期": "update_cycle",
    "更新时间": "data_updated_at",
    "共享类型": "share_type",
    "开放类型": "open_type",
    "主题领域": "themes",
    "标签": "tags",
    "来源系统": "source_system",
    "发布日期": "issued_on",
    "安全等级": "security_level",
}
