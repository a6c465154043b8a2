app-name = 券
separator = {" · "}
colon = ：
skip-to-content = 跳到正文
language-switch = 语言
language-en = English
language-zh = 中文
theme-switch = 外观
theme-system = 跟随系统
theme-light = 浅色
theme-dark = 深色
errors-heading = 有 { $n } 处需要修改
pager = 分页
pager-previous = 上一页
pager-next = 下一页
pager-place = 第 { $page } / { $pages } 页

window-always = 不限
window-from = { $from } 起
window-until = 至 { $until }
window-between = { $from } 至 { $until }

worth-up-to = 最高
worth-percent-unit = 折
worth-amount = 减{ $amount }
condition-none = 无门槛
condition-from = 满{ $min }可用
condition-most = 最高减{ $max }
condition-step = 满{ $min }减{ $amount }
condition-every = 每满{ $per }
condition-times = 最多 { $n } 次
benefit-sentence = { $scope }{ $worth }（{ $condition }）

error-not-found = 没有找到，或者您无权查看。
error-sign-in = 需要先登录，刚才的操作尚未执行，请再提交一次。
error-forbidden = 您的角色没有这项权限。
error-unreadable = 表单不完整，请重试。
error-offline = 连接不上，请检查网络后重试。
error-fault = 系统出了点问题，请重试。如果再次出现，请告诉我们编号 { $reference }。
error-coupon = { $coupon }：{ $reason }

not-found-title = 这里什么也没有
not-found-text = 链接可能已经失效，或者输入有误。
not-found-way-out = 去领券中心
not-found-way-out-ops = 回到后台
fault-title = 没有成功
forbidden-title = 没有权限
demo-note = 演示环境：历史数据和人物均为虚构。
