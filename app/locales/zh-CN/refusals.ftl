refusal-not-found = 没有找到，或者已不再提供。
refusal-not-started = { $at } 开抢。
refusal-claim-closed = 领取已结束。
refusal-paused = 暂停领取，请稍后再来。
refusal-sold-out = 已领完。
refusal-claim-limit-reached = { $limit ->
    [1] 您已领取过这张优惠券。
   *[other] 您已领满 { $limit } 张。
}
refusal-daily-limit-reached = 今日已领满，{ $at } 起可再领取。
refusal-too-many-attempts = 尝试次数过多，请 { $minutes } 分钟后再试。
refusal-risk-rejected = 您的账号暂时无法进行此操作，请联系客服。
refusal-challenge-required = 尝试次数过多，请稍后再来，或联系我们。
refusal-new-shoppers-only = 仅限首单使用。
refusal-not-in-audience = 仅限受邀顾客。
refusal-channel-mismatch = 请通过专属链接领取。
refusal-channel-quota-reached = 本渠道已领完，其他渠道可能还有。
refusal-budget-exhausted = 活动名额已用完。
refusal-not-valid-yet = { $at } 起可用。
refusal-expired = 有效期已于 { $at } 截止。
refusal-revoked = 这张优惠券已作废。
refusal-held = 这张优惠券正在核查，暂时不能使用。
refusal-not-owner = 这张优惠券属于其他顾客。
refusal-already-redeemed = 这张优惠券已使用。
refusal-locked-by-other-order = 另一订单占用中，至 { $at }。请先支付或取消该订单。
refusal-lock-lapsed = 支付时间已过。
refusal-below-threshold = 还差 { $missing }，满 { $required } 可用（已有 { $current }）
refusal-no-covered-lines = 购物车里没有适用的商品。
refusal-line-out-of-scope = 购物车里有 { $n } 件商品不适用。
refusal-no-value = 没有可减的金额。
refusal-not-combinable = 不能与 { $with } 同时使用。
refusal-better-applied = 已为您选择更优惠的组合。
refusal-amount-mismatch = 现在的优惠为 { $expected }，请确认后重新提交。
refusal-idempotency-conflict = 内容与之前提交的不同，未做任何更改。
refusal-state-conflict = 状态已变化，请重新查看。
refusal-stale-revision = 其间已保存第 { $current } 版，请对比后重新保存。
refusal-invalid = 有 { $n } 处需要修改。

problem-required = 请填写。
problem-too-long = 最多 { $max } 个字。
problem-too-short = 至少 { $min } 个字符。
problem-too-many = 最多 { $max } 项。
problem-too-few = 至少 { $min } 项。
problem-control-character = 请去掉控制字符。
problem-not-money = 请填写金额，例如 12.30。
problem-more-decimals = { $decimals ->
    [0] 不能有小数。
   *[other] 最多 { $decimals } 位小数。
}
problem-too-large = 数值过大。
problem-not-a-number = 请填写整数。
problem-out-of-range = 请填写 { $min } 到 { $max } 之间的数。
problem-not-above-zero = 必须大于零。
problem-not-rising = 必须大于上一档。
problem-ends-before-it-begins = 结束早于开始。
problem-not-a-time = 请填写日期或时间。
problem-past = 已经过去。
problem-unknown = 没有这一项。
problem-duplicate = 重复了。
problem-duplicate-line = 第 { $n } 行的“{ $name }”重复了。
problem-not-a-code = 这不是优惠券码。
problem-below-issued = 已发放 { $issued } 张，不能更少。
problem-below-spent = 已占用或支出 { $spent }，不能更少。
problem-needs-confirmation = 优惠可能超过一半。请勾选确认。
problem-no-shopper = 没有人用它登录，也不是顾客编号。
problem-wrong-password = 密码不正确。
problem-no-host = 找不到这个地址，请检查是否写错。
problem-wide-network = 这个网段覆盖了很大一部分地址，请勾选确认。
problem-not-a-login = 请填写邮箱或手机号，例如 mei@example.com 或 13800138000。
problem-taken = 已被使用。
problem-circle = 形成了循环。
problem-more-than-bought = 超过了购买数量。
problem-not-a-url = 请填写网址，例如 https://example.com/coupons。
problem-not-https = 网址须以 https:// 开头。
problem-private-address = 该网址指向内网地址。
problem-not-an-address = 请填写 IP 地址。
problem-not-together = 不能与 { $other } 同时填写。
