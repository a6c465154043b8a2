# 风控：规则、名单、处置记录和冻结的券。
nav-risk = 风控
risk-title = 风控
risk-lead = 哪些领取被拦下、原因是什么、由哪条规则决定，谁在名单上，以及哪些券已冻结。
risk-parts = 本页内容
risk-hits = 处置记录
risk-rules = 规则
risk-lists = 名单
risk-held = 已冻结
risk-read-only = 您的角色只能查看，风控和管理员可以操作。

risk-by-shopper-template = 同一顾客、同一模板
risk-by-shopper = 同一顾客、全部模板
risk-by-device = 同一设备
risk-by-address = 同一 IP
risk-by-wrong-by-shopper = 试探：同一顾客
risk-by-wrong-by-device = 试探：同一设备
risk-by-wrong-by-address = 试探：同一 IP
risk-by-deny-list = 黑名单
risk-by-blocked = 商城已封禁

risk-minutes = { $n } 分钟
risk-hours = { $n } 小时
risk-days = { $n } 天

# 处置记录。
risk-hits-none-title = 暂无记录
risk-hits-none = 规则或名单对领取和兑换码作出的处置会连同原因显示在这里。
risk-about = 顾客、设备或 IP
risk-decision = 处置
risk-rule = 依据
risk-refused = 已拒绝
risk-delayed = 需等待
risk-challenged = 需人机验证
risk-locked-out = 已锁定
risk-shadow = 放行，仅观察
risk-allowed = 放行，白名单
risk-why-shopper-template = 该顾客在{ $window }内领取同一模板超过 { $limit } 次。
risk-why-shopper = 该顾客在{ $window }内领取超过 { $limit } 次。
risk-why-device = 该设备在{ $window }内领取超过 { $limit } 次。
risk-why-address = 该 IP 在{ $window }内领取超过 { $limit } 次。
risk-why-wrong-by-shopper = 该顾客在{ $window }内输错兑换码或领取不存在的券超过 { $limit } 次。
risk-why-wrong-by-device = 该设备在{ $window }内输错兑换码或领取不存在的券超过 { $limit } 次。
risk-why-wrong-by-address = 该 IP 在{ $window }内输错兑换码或领取不存在的券超过 { $limit } 次。
risk-why-shadow = 规则仅观察，因此放行。
risk-why-allowed = 仍然放行：{ $kind } { $thing } 在白名单上（{ $reason }）。
risk-why-deny-list = { $kind } { $thing } 在黑名单上：{ $reason }
risk-why-blocked = 商城已封禁该顾客。
risk-template = 所属模板
risk-device = 设备 { $value }
risk-address = IP { $value }
risk-its-entry = 名单中的记录
risk-judge-ask = 处置是否正确？
risk-judge-wrong = 误伤
risk-judge-wrong-label = “{ $rule }”误伤了正常顾客
risk-judge-right = 正确
risk-judge-right-label = “{ $rule }”处置正确
risk-hit-judged = 已记录。
risk-was-right = 处置正确
risk-was-wrong = 误伤正常顾客
risk-judged-by = { $by } 认定，
risk-false-positives = 误伤率
risk-false-positives-of = 误伤率：{ $rate }
risk-false-positives-hint = 按最近 90 天内已复核的处置计算。
risk-wrong-of = { $judged } 条中 { $wrong } 条（{ $percent }%）
risk-none-judged = 尚未复核
risk-newest = 回到最新
risk-older = 更早

# 规则。
risk-rules-lead = 统计窗口每次滑动其长度的十二分之一。仅观察的规则不会拒绝任何人，只记录本应拒绝的领取。修改在一秒内生效。
risk-rules-claims = 领取
risk-rules-wrong = 试探兑换码和优惠券
risk-rules-wrong-lead = 超过上限需等待，超过两倍需通过人机验证，超过三倍则在整个窗口时长内锁定。
risk-rule-lets = { $window }内最多放行 { $limit } 次，超过则拦截。
risk-mode = 状态
risk-mode-off = 停用
risk-mode-shadow = 仅观察
risk-mode-on = 启用
risk-limit = 上限
risk-window = 窗口（分钟）
risk-rule-change = 修改…
risk-rule-save = 保存规则
risk-rule-set = 已保存。

# 名单。
risk-lists-lead = 黑名单上的对象不能领取，其中的顾客也不会收到发放的券；白名单上的对象不受规则限制。黑名单优先于白名单；若有多个网段，以范围更小的为准。
risk-lists-none = 名单中还没有对象。
risk-lists-none-found = 名单中没有匹配的对象。输入 IP 时，也会查找包含它的网段。
risk-entry-new = 加入名单
risk-list = 名单
risk-list-deny = 黑名单
risk-list-allow = 白名单
risk-kind = 类型
risk-kind-shopper = 顾客
risk-kind-device = 设备
risk-kind-network = IP 或网段
risk-thing = 对象
risk-thing-hint = 顾客编号、邮箱或手机号，设备编号，IP 地址，或 203.0.113.0/24 这样的网段。
risk-wide = 我确认要填写整个网段
risk-reason = 原因
risk-until = 有效至
risk-until-hint = 含当天。留空则一直有效，直到移出。
risk-entry-add = 加入名单
risk-entry-added = 已加入名单。
risk-until-removed = 一直有效，直到移出
risk-holds-until = 有效至 { $at }
risk-expired = 已于 { $at } 失效
risk-added-by = { $by } 添加于
risk-entry-remove-ask = 移出…
risk-entry-remove-effect = 一秒内失效，并记录由谁移出。
risk-entry-remove = 移出名单
risk-entry-remove-label = 将 { $thing } 移出名单
risk-entry-removed = 已移出名单。

# 冻结的券。
risk-held-lead = 这些券在解冻之前无法使用。解冻或作废请在各券的页面操作。
risk-held-none = 没有冻结的券。
