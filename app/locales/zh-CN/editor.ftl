# 模板编辑器。较早的文案在 ops.ftl。
editor-contents = 表单目录
editor-returns = 退货
editor-products = 指定单品
editor-conflicts-link = 查看与哪些进行中的模板重叠

scope-filter = 查找类目
scope-filter-none = 没有找到这个类目。
scope-products-in = { $n } 件商品
scope-mark-everything = 适用：未选择任何类目，即全场
scope-mark-included = 适用，含全部子类目
scope-mark-included-by = 适用：已包含“{ $name }”
scope-mark-excluded = 不适用，含全部子类目
scope-mark-excluded-by = 不适用：已排除“{ $name }”
scope-mark-elsewhere = 不适用：仅包含其他类目或商品

picker-label = 按名称或编号查找商品
picker-none = 没有找到商品。不在商品库中的编号可直接填写在上方。
picker-add = 添加
picker-added = 已添加

coverage-count = 适用 { $covered } / { $total } 件商品
coverage-nothing = 商品库中没有适用的商品。
coverage-unknown = 有 { $shown } 个商品编号不在商品库中，上架后生效。

conflicts-clashing = 不能与 { $n } 个进行中的模板同时使用
conflicts-combining = 可与 { $n } 个进行中的模板叠加
conflicts-more = 另有 { $n } 个
conflicts-none = 没有进行中的模板在同一时间适用相同商品。
conflict-both-alone = 双方均不可叠加
conflict-alone = 本券不可叠加
conflict-other-alone = 对方不可叠加
conflict-group = 同属互斥组“{ $group }”

preview-card = 领券中心效果
preview-coverage = 商品覆盖
preview-conflicts = 与其他模板的关系
preview-offline = 无法连接服务器，以下内容可能不是最新。
preview-to-form = 返回表单
card-percent = { $zhe }
trial-add = 添加一行
trial-remove = 删除这一行
trial-line = 商品
trial-named = 指定的商品
trial-pays = 实付
trial-covered = 适用
trial-uncovered = 不适用

kept-offer = 您有 { $at } 未保存的修改。
kept-stale = 此后已保存过新版本。
kept-restore = 恢复
kept-discard = 放弃

stale-who = { $who } 于 { $at } 保存。
stale-somebody = 其他人
stale-changes = 保存后会改动：

editor-sent-before = 此前已用这份表单保存过模板。现在保存会另建一个模板。
