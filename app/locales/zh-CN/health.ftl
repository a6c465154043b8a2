# 健康状况：告警、告警规则、排队情况和响应情况。
nav-health = 健康状况
health-title = 健康状况
health-lead = 当前告警、排队情况和平台的响应情况。

alerts-none = 一切正常，没有告警。
alerts-firing = 当前告警
alerts-history = 告警历史
alerts-history-none = 最近 90 天没有告警。
alert-what = 告警
alert-fired = 开始
alert-ended = 恢复
alert-still = 仍在告警
alert-came-to = { $value }，阈值 { $threshold }
alert-percent = { $text }%
alert-times = { $text } 次
alert-seconds = { $text } 秒

alert-rules = 告警规则
alert-rules-lead = 告警会推送给订阅了它的 Webhook，数值降到阈值的九成以下后结束。Prometheus 也可以使用同样的规则。
alert-untold = 没有 Webhook 订阅告警：不看本页或概览的人，不会从这里收到任何通知。
alert-rule-issue-failures = 领取失败
alert-rule-refusal-spike = 拒绝激增
alert-rule-coupon-tried = 同一张券被反复尝试
alert-rule-stock-low = 库存即将领完
alert-rule-budget-low = 预算即将用完
alert-rule-queue-lag = 领取排队过久
alert-rule-delivery-failures = Webhook 推送失败
alert-says-issue-failures = { $window }内因系统故障没有结果的领取达到 { $threshold } 时告警。少于 20 次领取不判断。
alert-says-refusal-spike = { $window }内被拒绝的领取达到之前同样时长的 { $threshold }、且不少于 50 次时告警。
alert-says-coupon-tried = { $window }内同一张券被订单拒绝达到 { $threshold }时告警。
alert-says-stock-low = 进行中的模板库存已领 { $threshold } 或更多、尚未领完，并持续 { $window }时告警。
alert-says-budget-low = 模板预算已占用或已使用 { $threshold } 或更多，并持续 { $window }时告警。
alert-says-queue-lag = 排在最前的领取已等待 { $threshold }或更久，并持续 { $window }时告警。
alert-says-delivery-failures = { $window }内推送失败且尚未送达的达到 { $threshold }时告警。
alert-now = 当前：{ $value }
alert-now-nothing = 当前：暂无数据
alert-on = 启用
alert-off = 停用
alert-well = 正常
alert-passed = 超出阈值
alert-change = 修改
alert-threshold-percent = 阈值（%）
alert-threshold-times = 阈值（次）
alert-threshold-seconds = 阈值（秒）
alert-window = 统计时长（分钟）
alert-lasts = 持续时长（分钟）
alert-state = 规则
alert-save = 保存规则
alert-rule-set = 规则已修改，十秒内生效。

claims-title = 最近一小时的领取
claims-well = 正常答复
claims-claimed = 领取成功
claims-refused = 规则拒绝
claims-failed = 系统故障

queue-title = 排队情况
queue-desk = 正在处理的领取
queue-desk-note = 本节点
queue-tickets = 排队的领取
queue-first = 最早一笔：{ $ago }
queue-deliveries = 待推送的 Webhook
queue-failing = 其中 { $text } 条曾失败
queue-grants = 进行中的发放
queue-pools = 生成中的兑换码

answers-title = 本节点的响应
answers-lead = 本节点启动以来访问最多的页面和接口。时间为统计区间的上限。
answers-none = 本节点启动以来还没有请求。
answers-well = 正常响应
answers-failed = 故障
answers-route = 页面或接口
answers-no-route = 静态文件和未知地址
answers-requests = 请求数
answers-half = 一半在此以内
answers-most = 95% 在此以内
answers-nearly-all = 99% 在此以内
answers-percent = { $text }%
answers-milliseconds = { $text } 毫秒
answers-seconds = { $text } 秒
answers-longer = 超过 10 秒

# 概览：今日、即将发生、风险金额。
today-title = 今日至今
today-compared = 对比均截至 { $time }（最近整点）；今日的大号数字算到此刻。
today-yesterday = 截至 { $time }：今日 { $now }，昨日 { $n }（{ $change }）
today-last-week = 上周同日 { $n }（{ $change }）
soon-title = 未来一周
soon-opening = 即将开始
soon-opening-none = 没有即将开始领取的模板。
soon-closing = 即将结束
soon-closing-none = 没有即将结束领取的模板。
soon-running-out = 库存或预算仅剩四分之一以内
soon-running-out-none = 尚有剩余的库存和预算都在四分之一以上。
soon-left = 剩 { $text } 张，占库存 { $part }
soon-left-budget = 剩 { $amount }，占预算 { $part }
soon-many = 至少 { $text }
soon-expiring = { $n ->
    [0] 没有即将过期的券。
   *[other] { $text } 张券不使用就会过期。
}
risk-money-title = 风险金额
risk-money-none = 所有模板都不会再产生花费。
risk-money-budgets = { $text } 个模板设有预算，共 { $budget }：已使用 { $spent }，订单占用 { $reserved }，剩余 { $left }。
risk-money-stocked = { $text } 个没有可用预算的模板（含已暂停和已结束的），若已发放的券全部未用，最多还会花费 { $amount }。
risk-money-unbounded = { $text } 个模板花费没有上限。

# 四周内将用完的。
running-out-title = 四周内将用完
running-out-lead = 按各模板自身数据预测，库存或预算将在 28 天内用完的进行中模板。
running-out-none = 可预测的模板在 28 天内都不会用完。
running-out-when = 时间
running-out-gone = 已用完
running-out-on = { $likely }前后，{ $earliest }至{ $latest }之间
running-out-from = { $likely }前后，最早{ $earliest }
running-out-perhaps = 有可能，最早{ $earliest }
running-out-more = 只查看消耗比例最高的 { $n } 个模板。
running-out-unknown = 另有 { $n } 个模板数据太少，无法预测。
