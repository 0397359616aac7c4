"""Words of the field that stand in stored data: the upper two levels of the category tree.

Source: 政务信息资源目录编制指南（试行）, 发改高技〔2017〕1272号.
"""

from collections.abc import Mapping

DEPARTMENTAL = "部门信息资源"
CLASSES: Mapping[str, str] = {"基础信息资源": "1", "主题信息资源": "2", DEPARTMENTAL: "3"}
GROUPS: Mapping[str, tuple[str, ...]] = {
    "基础信息资源": (
        "国家人口基础信息资源",
        "法人单位基础信息资源",
        "自然资源和空间地理基础信息资源",
        "社会信用基础信息资源",
        "电子证照基础信息资源",
    ),
    "主题信息资源": (
        *("公共服务", "健康保障", "社会保障", "食品药品安全", "安全生产", "价格监管"),
        *("能源安全", "信用体系", "城乡建设", "社区治理", "生态环保", "应急维稳"),
    ),
    DEPARTMENTAL: (
        *("党中央", "全国人大常委会", "国务院", "全国政协", "最高人民法院", "最高人民检察院"),
        *("省（自治区、直辖市）及其下各级政务部门", "计划单列市及其下各级政务部门"),
    ),
}
CLASS_WORD = "类"  # many write it behind the name of a class

# What a phone number is written with; masked ones too, as portals publish them: 0531-6660****.
PHONE_SIGNS = r"[\d*+()（）\-—–~/／、,，;；.:：# 转分机extEXT]"
