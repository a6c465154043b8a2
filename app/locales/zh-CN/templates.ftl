# 列表。
list-search = 搜索
list-search-hint = 名称、标题、活动、编号或链接
list-find = 搜索
list-clear = 清除筛选
list-more = { $n ->
    [0] 更多筛选
   *[other] 更多筛选（已选 { $n } 项）
}
list-any = 不限
list-claims = 领取进度
list-claims-open = 可领取
list-claims-upcoming = 未开始
list-claims-gone = 已领完
list-claims-closed = 已截止
list-campaign = 活动
list-visibility = 展示位置
list-visibility-listed = 领券中心
list-visibility-link = 专属链接
list-visibility-granted = 不展示，仅发放
list-kind = 优惠类型
list-kind-amount-off = 满减
list-kind-percent-off = 折扣
list-kind-tiered = 阶梯满减
list-kind-every = 每满减
list-states = 按状态
list-all = 全部
list-sort = 排序
list-sort-newest = 最新创建
list-sort-newest-reversed = 最早创建
list-sort-name = 名称升序
list-sort-name-reversed = 名称降序
list-sort-opens = 最早开始领取
list-sort-opens-reversed = 最晚开始领取
list-sort-ends = 最早截止领取
list-sort-ends-reversed = 最晚截止领取
list-sort-issued = 发放最多
list-sort-issued-reversed = 发放最少
list-sort-left = 剩余最少
list-sort-left-reversed = 剩余最多
list-sort-gone = 已领比例最高
list-sort-gone-reversed = 已领比例最低
list-sort-budget = 预算使用最多
list-sort-budget-reversed = 预算使用最少
list-total = 共 { $text } 个模板
list-matching = { $n ->
    [0] 没有符合的模板
   *[other] 符合条件的模板 { $text } 个
}
list-stock = 库存
list-budget = 预算
list-issued-endless = 已发放 { $issued }，不限量
list-left = 剩余 { $left }
list-no-budget = 未设预算
list-tick = 选择
list-tick-one = 选择“{ $name }”
list-do = 操作
list-copy-one = 复制“{ $name }”
list-first = 新建第一个模板
list-none-found = 没有符合条件的模板。请减少关键字或筛选条件。
list-pause = 暂停所选…
list-resume = 恢复所选…
list-end = 结束所选…
list-tick-all = 选择本页全部
list-untick-all = 取消全部选择
list-acts-hint = 执行前会先说明对已领取的券有什么影响。
list-stop = 紧急停止…
list-paused = 已暂停 { $n } 个。
list-resumed = 已恢复 { $n } 个。
list-ended = 已结束 { $n } 个。
list-stopped = 已停止：暂停了 { $n } 个模板，现在没有进行中的模板。
list-stopped-partly = 已暂停 { $n } 个，仍有 { $left } 个进行中。请再次紧急停止。
list-nothing-ticked = 没有选择模板，未做任何更改。
list-not-done = 以下模板未能操作：
many-pause = 暂停模板
many-resume = 恢复模板
many-end = 结束模板
many-stop = 紧急停止
many-pause-effect = 恢复之前不能领取；它们的发放会等待。
many-resume-effect = 将按领取时间和库存重新开放领取；它们的发放可以继续。
many-end-effect = 结束后不能再领取，也不能恢复；它们的发放会终止。
many-pause-press = 暂停这 { $text } 个
many-resume-press = 恢复这 { $text } 个
many-end-press = 永久结束这 { $text } 个
many-meant = 受影响的模板
many-others = 不受影响的模板
many-back = 返回列表
many-stop-live = { $n ->
    [0] 没有进行中的模板，无需停止。
   *[other] 有 { $text } 个模板进行中。
}
many-stop-effect = 无论列表显示什么，全部进行中的模板都会暂停：所有人都不能领取，发放会等待，直到恢复。已领取的券仍可使用，已锁定券的订单仍可支付。如需停用单张券，请在券的页面冻结或作废。
many-stop-reason = 全部停止的原因
many-stop-press = 立即全部停止
list-not-paused = 已暂停的模板才能恢复，当前状态：{ $state }。
list-resume-approval = 花费可能超过 { $limit }，需要第二个人审核，请在它的页面提交。
list-resume-unbounded = 花费没有上限，请在它的页面确认后恢复。
list-not-live = 进行中的模板才能暂停，未结束的模板才能结束，当前状态：{ $state }。

# 复制。
template-copy = 复制
copy-name = { $name }（副本）
template-copied = 已复制为新草稿。修改后保存即可，目前尚未发布。

# 多久以前。

# 单个模板。
template-made = { $by } 创建于
template-cost = 最多花费
moved-published = { $by } 发布于
moved-resumed = { $by } 恢复于
moved-approved = { $by } 审核通过于
moved-submitted = { $by } 提交于
moved-rejected = { $by } 退回于
moved-paused = { $by } 暂停于
moved-ended = { $by } 结束于
rejected-by = { $by } 退回了这个模板：
number-usable = 当前可用
number-unclaimed = 其中 { $text } 个是尚未兑换的兑换码。
number-locked = 订单锁定中
number-no-budget = 未设预算。
out-about = 约 { $n }
out-usable = { $n ->
    [0] 没有仍可使用的已领优惠券。
   *[other] 已领取的 { $text } 张优惠券仍可使用。
}
out-locked = 另有 { $text } 张被订单锁定，这些订单仍可支付。
out-codes-paused = { $text } 个尚未兑换的兑换码在恢复之前不能兑换。
out-codes-ended = { $text } 个尚未兑换的兑换码将永远失效。

# 可以做什么。
action-left = { $n ->
    [0] 已没有可领取的数量。
   *[other] 还可领取 { $text } 张。
}
action-left-endless = 数量不限。
claims-ended = 已结束，不能再领取
claims-too-long = 领取截止晚于券的可用时间，领取将随最后可用时间 { $at } 一同结束。
action-unbounded-tick = 我知道花费没有上限。
action-reject-note = 退回原因（选填）
action-reject-hint = 作者会看到。
action-end-draft-effect = 还没有人看到过它。结束后不能再编辑或发布，但可以复制。
review-why = 最多花费 { $cost }。超过 { $limit } 需要第二个人审核。
review-why-unbounded = 花费没有上限。超过 { $limit } 需要第二个人审核。
review-you-may = 这不是您写的模板，您可以审核。
review-own = 这是您写的模板，需要其他人审核：{ $names }。
review-role = 您的角色不能审核。可以审核的人：{ $names }。
review-nobody = 目前没有其他人可以审核。请管理员为一位同事设置审核角色。
acted-unconfirmed = 未做任何更改：花费没有上限。请勾选确认，或编辑模板加以限定。
acted-over = 未发布：还没开始就已经结束。
acted-own = 未做任何更改：不能审核自己写的模板。
acted-too-late = 未做任何更改：{ $by } 先操作了一步。当前状态：{ $state }。现在可以做什么，请看本页。
acted-stale = 未做任何更改：其间有人保存了第 { $current } 版。请先阅读，再决定。

# 链接。
links-title = 链接
links-later = 发布后链接才会显示它。
links-own = 专属链接
links-center = 领券中心
links-channel = 渠道 { $channel }
links-show-qr = 查看二维码
links-qr = 二维码：{ $name }

# 最近动态。
activity-title = 最近动态
activity-none = 它的优惠券还没有动态。
activity-more = 更早的 { $n } 条
happened-claimed = 领取
happened-claimed-via = 通过渠道 { $channel } 领取
happened-granted = 发放
happened-locked = 订单 { $order } 锁定
happened-released = 订单 { $order } 释放，恢复可用
happened-lapsed = 订单 { $order } 超时未支付，恢复可用
happened-redeemed = 订单 { $order } 核销，优惠 { $amount }
happened-returned = 订单 { $order } 退款 { $amount }
happened-restored = 订单 { $order } 全部退货，优惠券退回
happened-expired = 过期
happened-revoked = 作废
happened-held = 冻结待查
happened-freed = 核查后解冻

# 版本与差异。
revision-nobody = 未知人员
revisions-older = 更早的版本
revisions-newest = 最新的版本
compare = 比较
compare-from = 版本
compare-to = 对比
compare-title = 第 { $old } 版 → 第 { $new } 版
compare-same = 内容相同。
compare-more = 另有 { $n } 处更改
compare-close = 关闭比较
compare-removed = 删除：
compare-added = 新增：
difference-none = 无
difference-everything = 全场
difference-more = 另外 { $n } 项
difference-step = 满 { $min } 减 { $amount }
difference-percent-off = { $zhe }折
difference-group = 互斥组 { $group }
difference-name = 名称
difference-title = 标题
difference-campaign = 活动
difference-reference = 参考
difference-reference-by = 日期对应
difference-description = 说明
difference-terms = 使用规则
difference-kind = 类型
difference-amount = 减
difference-percent = 折扣
difference-min-spend = 门槛
difference-max-discount = 最高减
difference-steps = 阶梯
difference-per = 每满
difference-max-times = 最多次数
difference-include = 适用范围
difference-exclude = 排除
difference-rule = 订单中的其他商品
difference-rule-eligible-lines = 不影响
difference-rule-whole-order = 不能有
difference-claim-from = 领取开始
difference-claim-until = 领取截止
difference-validity = 使用时间
difference-validity-fixed = 固定日期
difference-validity-days = 领取后若干天
difference-days = 天数
difference-valid-from = 使用开始
difference-valid-until = 使用截止
difference-stock = 库存
difference-per-shopper = 每人限领
difference-per-day = 每人每天限领
difference-budget = 预算
difference-audience = 人群
difference-audience-everyone = 所有人
difference-audience-new = 新客
difference-audience-segment = 人群“{ $segment }”
difference-visibility = 展示位置
difference-lane = 领取方式
difference-lane-instant = 即时
difference-lane-queued = 排队
difference-stacking = 与其他优惠券
difference-stacking-alone = 不可叠加
difference-stacking-combines = 可叠加
difference-return = 部分退货时
difference-return-keep = 保留优惠
difference-return-claw-back = 扣回不再满足的优惠
difference-channels = 渠道

# 未来预测。
forecast-title = 未来四周
forecast-too-little = { $days ->
    [0] 今天之前还没有数据。
   *[other] 目前有 { $days } 天的数据。
}预测需要 { $needed } 天，太早预测等于瞎猜。
forecast-stock = 库存
forecast-budget = 预算
forecast-whole = { $what }：{ $n }，多半在 { $range } 之间（区间涵盖 10 天中的 { $days } 天）
forecast-range = { $low }～{ $high }
forecast-from = { $day }起为预测
forecast-day = 日期
forecast-days = 最近几周与未来四周
forecast-readout = 每天的{ $what }
forecast-smoothed = 按星期规律和趋势预测。用过去的数据检验四次，每次提前 { $ahead } 天：平均每天差 { $error }；照搬上一周则差 { $baseline }。分别是此前照搬上一周误差的 { $scaled } 倍和 { $scaledbaseline } 倍（MASE）。{ $within } 的日子落在区间内，区间按 { $level } 设定。
forecast-last-week = 照搬上一周，没有更准的方法。用过去的数据检验四次，每次提前 { $ahead } 天：平均每天差 { $error }，是此前照搬上一周误差的 { $scaled } 倍（MASE）。{ $within } 的日子落在区间内，区间按 { $level } 设定。
runs-out-gone = { $what }：已用完。
runs-out-not-yet = { $what }：可用到{ $last }之后。
runs-out-on = { $what }：预计{ $likely }前后用完，最早{ $earliest }，最晚{ $latest }。
runs-out-from = { $what }：预计{ $likely }前后用完，最早{ $earliest }；也可能用到{ $last }之后。
runs-out-perhaps = { $what }：多半可用到{ $last }之后，最早{ $earliest }用完。

# 参考上一次。
last-time-title = 上一次
last-time-look = 查看当时的数据和建议的库存与预算
last-time-take-over = 采用建议的库存和预算
last-time-taken-over = 已填入相应字段，保存后生效。
last-time-empty = 所参考的模板或活动没有任何数据。
last-time-missing = 没有这个模板或活动可供参考。
last-time-by-holiday = 按节日对应：{ $holiday }，{ $day }。
last-time-by-date = 按日期对应。
last-time-claims = 共领取 { $n } 张
last-time-suggests = 按这些日子当时的领取量向上取整：建议库存 { $stock } 张，预算 { $budget }。
last-time-suggests-stock = 按这些日子当时的领取量向上取整：建议库存 { $stock } 张。当时无人使用，无法建议预算。
last-time-outside = 在这份草稿可领取的日子里，当时没有人领取。
last-time-was = 当时是{ $day }
last-time-not-within = · 不在领取时间内
holiday-new-year = 元旦
holiday-spring-festival = 春节
holiday-labour-day = 劳动节
holiday-dragon-boat = 端午
holiday-june-sale = 618
holiday-mid-autumn = 中秋
holiday-national-day = 国庆
holiday-singles-day = 双十一
holiday-double-twelve = 双十二

parts-title = 按渠道和版本
parts-by-channel = 按渠道
parts-by-revision = 按版本
parts-revision = 版本
parts-no-channel = 无渠道
parts-more = 只显示前 { $n } 项。
