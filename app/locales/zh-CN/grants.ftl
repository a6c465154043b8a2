# 批量发放优惠券，以及预先生成的兑换码。
nav-grants = 发放
grants-title = 发放
grants-lead = 把券发放给名单或人群中的每个人。先检查名单，点击开始之前不会发出任何券。
grants-list = 全部发放
grants-none-title = 还没有发放过
grants-none = 向名单或人群发放后，可以在这里看到进度。
grant-title = 发放：{ $name }
grant-by = 由 { $by } 发起
grant-state-checking = 检查中
grant-state-ready = 待开始
grant-state-running = 发放中
grant-state-paused = 已暂停
grant-state-done = 已完成
grant-state-cancelled = 已取消
grant-said-walking = 已在人群中找到 { $found } 人
grant-said-checking = 已检查 { $listed } 条中的 { $checked } 条
grant-said-ready = 共 { $text } 人，尚未发放
grant-said-running = 已发放 { $given }，未发放 { $failed }，剩余 { $left }

# 新的发放
grant-new = 发放优惠券
grant-no-templates = 没有进行中的模板可以发放。请先发布一个；仅发放的模板不会出现在别处。
grant-template = 模板
grant-choose = 请选择模板
grant-one-of = 发给谁？文件、名单或人群，三选一。
grant-file = CSV 文件
grant-file-hint = 需要有 shopper 这一列，其他列会忽略。最多一百万行。
grant-file-empty = 文件中没有顾客。
grant-file-column = 文件中没有名为 shopper 的列。
grant-shoppers = 顾客名单
grant-shoppers-hint = 每行一个：顾客编号，或其登录用的邮箱、手机号。
grant-segment = 人群
grant-segment-hint = 检查时属于该人群的所有人。
grant-note = 原因
grant-note-hint = 为什么发放，会保存在操作记录中。
grant-check = 检查名单

# 一次发放
grant-progress = 进度
grant-look-again = 刷新
grant-found = 名单情况
grant-found-hint = 轮到每个人时会再次判断，在此之前这些数字可能变化。
grant-listed = 条目
grant-malformed = 不是顾客编号
grant-duplicates = 重复
grant-recipients = 不重复的顾客
grant-unknown = 从未出现过的编号
grant-blocked = 已被拉黑
grant-over-limit = 已达领取上限
grant-outside = 不在模板的人群范围内
grant-fit = 可以发放
grant-strangers = 有 { $text } 个编号从未出现过。如果不是您店铺的顾客编号，发出的券不会有人看到。
grant-named = 名单中的顾客
grant-named-more = 这里是 { $n } 人中的前 { $shown } 人。
grant-short = { $n ->
    [0] 库存已领完：其余 { $short } 人会因库存不足而发放失败。
   *[other] 库存只剩 { $left } 张：最后 { $short } 人会因库存不足而发放失败。
}
grant-stopped-paused = 模板已暂停，发放也随之暂停。请先恢复模板，再继续发放。
grant-stopped-review = 模板修改后正在审核，发放已暂停。重新发布后请继续。
grant-segment-empty = 这个人群里还没有人。人群由店铺系统维护，请检查名称，或稍后再试。
grant-nobody = 名单中没有人可以领取，无需开始。
grant-stopped-closed = 模板已结束，或券已过可用时间，发放随之结束。
grant-start-effect = 将在后台发放 { $text } 张券。发出的券不能一次性收回。
grant-start = 开始发放
grant-started = 已开始。离开本页也会继续。
grant-pause-effect = 继续之前不再发放。已发放的券不受影响。
grant-pause = 暂停
grant-paused = 已暂停。
grant-resume-effect = 从停下的地方继续，不会有人收到两张。
grant-resume = 继续发放
grant-resumed = 已继续。
grant-cancel-ask = 取消…
grant-cancel-effect = 彻底结束。已发放的券不受影响，其余的人不再发放。
grant-cancel = 取消发放
grant-cancelled = 已取消。
grant-failures = 未发放
grant-failures-more = 这里是 { $n } 条中的前 { $shown } 条，文件中有全部。
grant-failures-download = 下载 CSV
grant-position = 第几条
grant-shopper = 顾客
grant-reason = 原因
grant-to = 发给
grant-to-list = 名单
grant-to-segment = 人群“{ $segment }”
grant-ended = 结束时间

# 名单中的人没有收到的原因
failure-claim-limit-reached = 已达领取上限。
failure-daily-limit-reached = 今天已达每日上限。
failure-risk-rejected = 已被拉黑。
failure-new-shoppers-only = 已下过单，本券仅限首单。
failure-not-in-audience = 不在指定人群中。
failure-sold-out = 库存不足。
failure-duplicate = 与前面的条目重复。
failure-malformed = 不是顾客编号。
failure-unknown = 不是顾客编号，也没有人用它登录。

# 模板的兑换码
template-grant = 批量发放
codes-title = 兑换码
codes-ask = 生成兑换码…
codes-count = 数量
codes-count-hint = 最多 1,000,000 个。生成时占用库存，先兑换者得券。
codes-make = 生成兑换码
codes-asked = 正在生成兑换码，文件中包含已生成的部分。
codes-making = 已生成 { $made }，共 { $wanted }
codes-done = 已生成 { $made }
codes-sold-out = 已生成 { $made }，共 { $wanted }，随后库存不足
codes-stopped = 已生成 { $made }，共 { $wanted }，随后模板已结束
codes-download = 下载兑换码 CSV
