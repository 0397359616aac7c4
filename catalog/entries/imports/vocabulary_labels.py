"""Which labels departments write over which field of the entry; data only."""

# field -> labels that name it without doubt (compared after `vocabulary.plain_label`)
LABELS: dict[str, str] = {
    "title": """
        信息资源名称 数据集名称 资源名称 资源信息名称 目录名称 数据目录名称 标题 数据资源名称
        政务信息资源名称 公共数据资源名称 数据名称 目录标题 资源标题 资源目录名称
        信息资源目录名称 数据资源目录名称 公共数据目录名称 开放目录名称 数据集标题 数据集
        开放数据名称 库表名称 title cata_title catalog_name catalogue_name catalog_title
        dataset_name dataset_title resource_title cata_name data_name catalogname catatitle""",
    "abstract": """
        信息资源摘要 摘要 描述 目录摘要 简介 资源摘要 数据摘要 资源描述 数据描述 内容描述
        目录描述 数据集描述 数据集简介 资源简介 数据简介 内容简介 详细描述 信息资源描述 内容摘要
        数据说明 资源说明 说明 数据集摘要 数据资源摘要 abstract description desc summary
        remark_desc cata_desc dataset_description catalog_desc notes""",
    "unit": """
        信息资源提供方 数据提供方 提供机构 提供部门 发布部门 来源部门 数源单位 数据来源部门
        提供单位 发布单位 来源单位 责任部门 责任单位 数据提供部门 数据提供单位 资源提供方
        资源提供单位 资源提供部门 数据来源单位 数据责任单位 编目单位 编目部门 所属部门 所属单位
        部门名称 单位名称 提供方 数源部门 数据源部门 主管部门 数据部门 归属部门 发布机构
        数据发布部门 提供方名称 部门 单位 目录提供部门 信息资源提供部门 资源所属部门 org_name
        unit unit_name owner department dept_name source_department organization organisation
        publisher provider orgname deptname provider_org department_name org""",
    "unit_code": """
        资源提供方代码 信息资源提供方代码 统一社会信用代码 提供方代码 社会信用代码
        部门统一社会信用代码 单位统一社会信用代码 提供方统一社会信用代码 机构代码 组织机构代码
        unit_code credit_code uscc provider_code""",
    "region_code": """
        所属区县 行政区划 行政区划代码 所属区划 区划代码 区县 所属地区 地区 所属行政区划
        所属地域 地域 区划 所在区县 所属区域 城市 region_code region area_code city district""",
    "code": """
        信息资源代码 资源代码 信息资源编码 资源编码 目录编码 目录代码 信息资源标识符 资源标识符
        数据目录编码 政务信息资源代码 code cata_code entry_code catalog_code resource_code""",
    "source_key": """
        目录编号 目录id 资源id 数据集id 数据集编号 目录标识 唯一标识 资源编号 数据目录id cata_id
        catalog_id catalogue_id dataset_id source_key uuid""",
    "source_code": "source_code 原代码 原编码 来源编码",
    "source_url": """
        详情页网址 详情页地址 详情网址 详情地址 详情链接 来源网址 目录地址 目录网址 网址
        链接地址 页面地址 source_url url detail_url link landing_page""",
    "category": """
        类分类 项分类 目分类 细目分类 信息资源分类 资源分类 目录分类 国家主题分类 类 项 目 细目
        分类五级 分类六级 分类七级 分类八级 分类九级 分类十级 分类十一级 分类十二级 分类十三级
        分类十四级 分类十五级 分类十六级 分类十七级 分类十八级 分类十九级 分类二十级
        分类二十一级 分类二十二级 分类二十三级 分类二十四级 分类二十五级 分类二十六级 一级分类
        二级分类 三级分类 四级分类 五级分类 六级分类 信息资源类 信息资源目
        信息资源细目 category category_path""",
    "provider_office": """
        提供方内部部门 内部部门 内设机构 处室 提供处室 责任处室 业务处室 科室 provider_office""",
    "providers": "其他提供方 联合提供方 共同提供部门 协同部门 providers",
    "format_class": "信息资源格式分类 资源格式分类 格式分类 format_class",
    "format_details": "信息资源格式类型 资源格式类型 格式类型 format_details",
    "format_note": """
        其他类型资源格式描述 其他格式描述 其他资源格式描述 其他类型格式描述 format_note""",
    "share_type": "共享类型 共享属性 共享方式属性 共享等级 数据共享类型 share_type shared_type",
    "share_basis": "共享依据 不予共享依据 不共享依据 共享类型依据 share_basis",
    "share_basis_level": "共享依据层级 共享依据类型 share_basis_level",
    "share_mode": "共享方式分类 共享方式 share_mode",
    "share_mode_types": "共享方式类型 共享渠道 提供渠道 share_mode_types",
    "open_type": """
        开放类型 开放属性 开放状态 开放等级 开放方式 是否向社会开放 是否开放 是否对外开放
        是否社会开放 向社会开放 开放级别 数据开放类型 open_type is_open""",
    "open_access": "获取方式 开放获取方式 open_access",
    "open_basis": "开放依据 不予开放依据 不开放依据 open_basis",
    "open_basis_level": "开放依据层级 开放依据类型 open_basis_level",
    "security_level": """
        安全级别 安全等级 数据分级 数据安全级别 数据安全等级 安全分级 数据级别 数据分级标签
        数据安全分级 分级 security_level""",
    "update_cycle": """
        更新周期 更新频率 更新频度 更新每周期 数据更新周期 数据更新频率 资源更新周期 更新频次
        数据更新频度 conf_update_cycle update_cycle update_frequency frequency updatecycle
        accrual_periodicity""",
    "update_cycle_note": "其他更新频率 其他更新周期 更新周期说明 update_cycle_note",
    "data_updated_at": """
        更新时间 更新日期 最后更新 最后更新时间 数据更新时间 数据更新日期 最近更新时间
        最近更新日期 最近更新 最新更新时间 最后更新日期 数据最后更新时间 conf_data_update_time
        conf_datafile_update_time data_updated_at data_update_time updated_at last_updated
        modified""",
    "issued_on": """
        发布日期 发布时间 首次发布日期 首次发布时间 首发日期 上线时间 上线日期 公开时间
        released_time conf_released_time issued_on published_at publish_time publish_date
        release_time issued""",
    "related": """
        关联及类目名称 关联资源代码 关联资源编码 关联目录 关联信息资源代码 关联资源 related""",
    "themes": """
        数据领域 重点领域 领域分类 所属主题 主题领域 所属领域 主题 主题分类 数据主题 领域 主题域
        所属主题领域 数据所在领域 开放领域 资源领域 themes theme domain group_name topic""",
    "industries": """
        所属行业 行业分类 行业 国民经济行业分类 行业类别 所属行业分类 行业领域 industries
        industry""",
    "tags": """
        标签 数据标签 关键字 关键词 目录标签 资源标签 关键词标签 数据关键字 tags cata_tags
        keywords keyword tag""",
    "subjects": "基础信息分类 信息主体分类 subjects",
    "scope": "数据范围 数据所在层级 范围层级 scope",
    "scenes": "应用场景分类 scenes",
    "period": "数据时间范围 时间范围 数据时段 数据起止时间 period",
    "period_from": "数据开始时间 数据起始时间 起始时间 数据起始日期 period_from",
    "period_to": "数据结束时间 数据截止时间 截止时间 数据截止日期 period_to",
    "collection": "归集机制 归集方式 采集方式 更新方式 collection",
    "source_system": """
        来源系统 所属系统 信息系统 业务系统 来源信息系统 信息系统名称 source_system system_name""",
    "matters": "所属事项 政务服务事项 权责事项 业务事项 关联事项 职责事项 matters",
    "authorised_operation": "是否可授权运营 可授权运营 authorised_operation",
    "is_certificate": "是否电子证明 是否电子证照 电子证照 is_certificate",
    "contact_phone": """
        联系电话 部门电话 电话 提供方联系电话 提供方电话 单位电话 服务电话 contact_phone
        telephone phone tel""",
    "contact_email": "部门邮箱 邮箱 联系邮箱 电子邮箱 电子邮件 contact_email email e_mail mail",
    "volume.storage_gb": "数据存储总量 数据存储量 存储总量 volume.storage_gb storage_gb",
    "volume.records_10k": "结构化信息记录总数 结构化记录总数 volume.records_10k",
    "volume.shared_storage_gb": "已共享的数据存储量 已共享数据存储量 volume.shared_storage_gb",
    "volume.shared_records_10k": """
        已共享结构化记录数 已共享的结构化记录数 volume.shared_records_10k""",
    "volume.open_storage_gb": "已开放的数据存储量 已开放数据存储量 volume.open_storage_gb",
    "volume.open_records_10k": "已开放结构化记录数 已开放的结构化记录数 volume.open_records_10k",
    "items": """
        信息项 数据项 信息资源项 字段 数据字段 信息项列表 数据项列表 字段列表 字段清单
        信息项清单 数据项清单 包含字段 items cata_items columns fields""",
    "items.name": """
        信息项名称 数据项名称 字段中文名 字段中文名称 中文字段名 信息项中文名称 数据项中文名称
        字段名称 对应业务表字段中文名称 items.name item_name column_name_cn""",
    "items.field": """
        对应业务表字段英文名称 字段英文名 字段英文名称 英文字段名 信息项英文名称 数据项英文名称
        英文名称 字段名 字段代码 items.field field_name column_name""",
    "items.table_name": "对应业务表 业务表 业务表名 所属业务表 items.table_name",
    "items.type": "信息项数据类型 数据项类型 字段类型 信息项类型 items.type item_type column_type",
    "items.length": "数据长度 字段长度 信息项长度 长度 items.length item_length",
    "items.range": "数据值域 值域 取值范围 信息项值域 items.range",
    "items.sensitive": "是否敏感 敏感字段 是否敏感信息 items.sensitive",
    "items.masking": "脱敏规则 脱敏方式 items.masking",
    "items.incremental": "是否增量 是否增量字段 增量字段 items.incremental",
    "items.key": "是否主键 主键 items.key",
    "items.own": "是否本部门产生 items.own",
    "items.standardised": "是否标准化 items.standardised",
    "items.share_type": """
        信息项共享类型 字段共享类型 数据项共享类型 信息项共享属性 items.share_type""",
    "items.note": "信息项说明 信息项备注 信息项描述 字段说明 字段描述 数据项说明 items.note",
    "items.secret": "信息项是否涉密 字段是否涉密 信息项涉密标识 items.secret",
    "resources": "资源列表 挂接资源 resources distributions",
    "resources.kind": "挂接资源类型 resources.kind resource_type",
    "resources.name": "挂接资源名称 文件名称 接口名称 resources.name resource_name service_name",
    "resources.description": "接口描述 服务描述 resources.description service_desc",
    "resources.format": """
        数据格式 资源格式 文件格式 下载格式 开放格式 资源类型 数据资源格式 resources.format
        format formats data_format data_formats open_formats conf_use_type resource_format""",
    "resources.address": """
        下载地址 接口地址 资源地址 数据地址 访问地址 服务地址 下载链接 文件地址 数据下载地址
        resources.address address access_url download_url context""",
    "resources.rows": """
        数据量 数据条数 记录数 数据总量 数据总条数 条数 数据记录数 数据容量 总记录数
        resources.rows data_count record_count rows row_count data_volume""",
    "resources.size_bytes": "文件大小 resources.size_bytes file_size size",
    "resources.updated_at": """
        资源更新时间 文件更新时间 resources.updated_at update_time_ms resource_updated_at""",
    "resources.database": "数据库名称 数据库名 所属数据库 resources.database",
    "resources.schema": "模式名 resources.schema",
    "resources.table": "数据表名 库表英文名 表名 表英文名 resources.table",
    "resources.encoding": "文件编码 字符集 resources.encoding",
    "resources.file_name": "文件名 resources.file_name file_name",
    "resources.method": "请求方式 请求方法 resources.method",
    "resources.auth": "认证方式 鉴权方式 resources.auth",
    "resources.inputs": "输入参数 请求参数 resources.inputs input_param",
    "resources.outputs": "输出参数 返回参数 resources.outputs output_param",
    "resources.files": "文件数 文件数量 挂接文件数 file_count",
    "resources.apis": "接口数 接口数量 挂接接口数 api_count",
    "secret": """
        是否涉密 涉密标识 涉密属性 是否为涉密 涉密 密级 涉密等级 涉密情况 保密级别 is_secret
        secret""",
}

# label -> candidate fields, the first being the usual one; the values decide
AMBIGUOUS: dict[str, tuple[str, ...]] = {
    "开放条件": ("open_condition", "open_type"),
    "open_condition": ("open_condition", "open_type"),
    "开放条件描述": ("open_condition",),
    "开放要求": ("open_condition", "open_type"),
    "共享条件": ("share_condition", "share_type"),
    "share_condition": ("share_condition", "share_type"),
    "共享要求": ("share_condition", "share_type"),
    "使用条件": ("share_condition", "open_type"),
    "使用要求": ("share_condition", "open_type"),
    "联系方式": ("contact_phone", "contact_email"),
    "提供方联系方式": ("contact_phone", "contact_email"),
    "部门联系方式": ("contact_phone", "contact_email"),
    "contact": ("contact_phone", "contact_email"),
    "数据类型": ("items.type", "resources.format"),
    "类型": ("items.type", "resources.format", "open_type"),
    "场景分类": ("scenes", "tags"),
    "应用场景": ("scenes", "tags"),
    "资源目录": ("unit_alias", "category"),
    "所属目录": ("unit_alias", "category"),
    "来源": ("unit", "source_url"),
    "数据来源": ("unit", "source_system"),
    "名称": ("title",),
    "name": ("title",),
    "id": ("source_key",),
    "编号": ("source_key", "code"),
    "标识": ("source_key", "code"),
    "service_id": (),
    "file_id": (),
    "org_code": ("unit_code",),
    "备注": (),
}

# label -> (field, confidence): used when no column names the field better
SECOND_CHOICE: dict[str, tuple[str, float]] = {
    "创建时间": ("issued_on", 0.6),
    "创建日期": ("issued_on", 0.6),
    "创建": ("issued_on", 0.5),
    "create_time": ("issued_on", 0.5),
    "conf_create_time": ("issued_on", 0.5),
    "created_at": ("issued_on", 0.5),
    "update_time": ("data_updated_at", 0.7),
    "地址": ("resources.address", 0.5),
}

# labels that are understood and deliberately not taken
OURS = "导入问题 importproblems"  # the column of our own report
LEFT_OUT = f"""
    {OURS}
    序号 行号 no 下载次数 下载量 浏览次数 浏览量 访问量 访问次数 评分人数 评价次数 评分总数
    平均评分 评分 收藏数 申请量 联系人 归集频率 版本号 cata_version cata_type cata_logo status
    conf_status group_id task_count apply_count conf_catalog_format conf_update_time is_apply
    地图服务
"""

# groups of a header over several rows: the label below means another thing there
GROUPED: dict[tuple[str, str], str] = {
    ("信息项信息", "数据类型"): "items.type",
    ("信息项信息", "共享类型"): "items.share_type",
    ("信息项信息", "是否涉密"): "items.secret",
    ("信息项信息", "备注"): "items.note",
    ("信息项信息", "名称"): "items.name",
    ("信息项", "数据类型"): "items.type",
    ("信息项", "是否涉密"): "items.secret",
    ("信息项", "共享类型"): "items.share_type",
    ("信息项", "名称"): "items.name",
    ("共享属性", "共享条件"): "share_condition",
    ("开放属性", "开放条件"): "open_condition",
}

# marks that say nothing about the meaning of a label
MARKS = "必填项 选填项 必填 选填 必选 可选 必须 单选 多选 单位 下拉选择 请选择 自动生成"
UNITS = "g gb mb 万 万条 条 个 kb 字节 byte bytes 份 兆 t tb"

# labels of the columns inside a nested item or resource of a JSON file
NESTED_ITEM = {
    "name": "name 名称 信息项名称 name_cn column_name_cn 中文名 字段名称 desc",
    "field": "field name_en 英文名 字段名 column_name field_name code",
    "table_name": "table_name 业务表",
    "type": "type 类型 数据类型 data_type column_type",
    "length": "length 长度 数据长度 data_length",
    "range": "range 值域 数据值域",
    "sensitive": "sensitive 是否敏感",
    "masking": "masking 脱敏规则",
    "incremental": "incremental 是否增量",
    "key": "key 主键 是否主键 is_key primary_key",
    "own": "own 是否本部门产生",
    "standardised": "standardised 是否标准化",
    "share_type": "share_type 共享类型",
    "note": "note 备注 说明 描述 remark",
    "secret": "secret 是否涉密 涉密 is_secret",
}
NESTED_RESOURCE = {
    "kind": "kind 资源类型 resource_type",
    "name": "name 名称 资源名称 resource_name title",
    "description": "description 描述 说明 desc",
    "format": "format 格式 数据格式 file_type",
    "address": "address url 地址 链接 download_url access_url",
    "rows": "rows 数据量 记录数 data_count",
    "size_bytes": "size_bytes size 大小 file_size",
    "updated_at": "updated_at update_time 更新时间 modified",
    "database": "database 数据库",
    "schema": "schema",
    "table": "table 表名",
    "encoding": "encoding 编码",
    "file_name": "file_name 文件名",
    "method": "method 请求方式",
    "auth": "auth 认证方式",
    "inputs": "inputs input_param 输入参数",
    "outputs": "outputs output_param 输出参数",
}
