# 每个页面的四周。
menu = 菜单
nav-group-access = 权限
nav-operators = 操作员
nav-basket-pieces = （{ $n } 件）
app-description = 领取优惠券，下单时直接使用。
offline-note = 网络已断开，页面内容可能不是最新的。

role-viewer = 只读
role-editor = 编辑
role-approver = 审核
role-risk = 风控
role-admin = 管理员

# 距离现在多久。
in-moment = 马上
ago-moment = 刚刚
in-minutes = { $n } 分钟后
ago-minutes = { $n } 分钟前
in-hours = { $n } 小时后
ago-hours = { $n } 小时前
in-days = { $n } 天后
ago-days = { $n } 天前

# 请求没有到达页面时的说明。
fault-text = 系统出了点问题，请稍后重试。
foreign-title = 请求来自其他网站
foreign-text = 为了您的账号安全，只接受本站页面提交的内容。请在本站打开页面后重试。
method-title = 这个地址不能直接打开
method-text = 它只用于接收页面提交的内容。没有任何改动。
large-title = 提交的内容太大了
large-text = 内容超过了上限。请用浏览器返回上一页，您填写的内容还在，精简后再提交。
unreadable-title = 提交的内容不完整
unreadable-text = 没有任何改动。请用浏览器返回上一页，您填写的内容还在，再提交一次即可。
slow-title = 响应超时
slow-text = 没能及时响应。请稍等片刻再试，页面会显示最新状态。
try-again = 重试
offline-title = 网络已断开
offline-text = 暂时连接不上。您的优惠券和购物车都不会丢失，请检查网络后重试。
offline-form = 如果正在提交表单，请用浏览器返回上一页，您填写的内容还在。

# 概览。
overview-lead = 今日情况、即将发生的变化，以及需要处理的事项。
overview-standstill = 没有进行中的模板，{ $text } 个模板已暂停。
overview-standstill-look = 查看
overview-templates = 一览
overview-waiting-none = 没有等待审核的模板。
overview-sent = 更新于
overview-empty-title = 还没有模板
funnel-table = 查看表格
funnel-stage = 环节
funnel-number = 数值
funnel-rate = 占上一环节
funnel-conversion = 核销率
