-- Counts, for each six words: key, length of the window in seconds, number of its newest part, how many
-- to count, as long as there are at most so many, and what the store has in each part, the newest first.
-- Answers how many were counted, the number of the newest part and what is in each; false where the
-- key is not known and the store was not asked (no text). A first word of 1 forgets every key before.
local PARTS = 12
if ARGV[1] == '1' then
  local time = redis.call('TIME')
  redis.call('SET', KEYS[1], time[1] .. '.' .. time[2])
end
local base = KEYS[1] .. ':' .. (redis.call('GET', KEYS[1]) or '0') .. ':'

local function take(key, window, newest, n, most, held_by_store)
  local held = redis.call('HGETALL', key)
  if #held == 0 then
    if held_by_store == '' then
      return false
    end
    local part = newest
    for count in string.gmatch(held_by_store, '%d+') do
      held[#held + 1] = part
      held[#held + 1] = count
      redis.call('HSET', key, part, count)
      part = part - 1
    end
    redis.call('EXPIRE', key, window)
  end
  local parts = {}
  for i = 1, #held, 2 do
    local part = tonumber(held[i])
    parts[part] = tonumber(held[i + 1])
    newest = math.max(newest, part)
  end
  local answer, total = { 0, newest }, 0
  for age = 0, PARTS - 1 do
    local count = parts[newest - age] or 0
    answer[age + 3] = count
    total = total + count
  end
  local taken = math.max(0, math.min(n, most - total))
  if taken > 0 then
    redis.call('HINCRBY', key, newest, taken)
    redis.call('EXPIRE', key, window)
    for part in pairs(parts) do
      if part <= newest - PARTS then
        redis.call('HDEL', key, part)
      end
    end
    answer[1], answer[3] = taken, answer[3] + taken
  end
  return answer
end

local answers = {}
for i = 2, #ARGV, 6 do
  local newest, n, most = tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3]), tonumber(ARGV[i + 4])
  answers[#answers + 1] = take(base .. ARGV[i], ARGV[i + 1], newest, n, most, ARGV[i + 5])
end
return answers
