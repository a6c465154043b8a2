# 集成接口页面的外框；接口说明本身为英文。
docs-title = 集成接口
docs-lead = 订单与支付系统如何试算、锁定、核销和退回券。说明正文为英文。
docs-contents = 本页内容
docs-walk = 完整的接入示例
docs-shapes = 数据结构
docs-fields = 字段
docs-parameters = 参数
docs-body = 请求体
docs-answers = 响应
docs-name = 名称
docs-place = 位置
docs-type = 类型
docs-about = 说明
docs-content = 内容类型
docs-status = 状态码
docs-required = 必填。
docs-errors = 见错误说明（Errors）
