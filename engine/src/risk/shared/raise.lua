-- Takes over what the store has counted, where it is more than is known here. For each counter four
-- words: key, length of the window in seconds, number of its newest part, and what is in each part, the
-- newest first.
local PARTS = 12
local base = KEYS[1] .. ':' .. (redis.call('GET', KEYS[1]) or '0') .. ':'

for i = 1, #ARGV, 4 do
  local key, window, newest = base .. ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  local held, known = redis.call('HGETALL', key), 0
  for j = 1, #held, 2 do
    if tonumber(held[j]) > newest - PARTS then
      known = known + tonumber(held[j + 1])
    end
  end
  local fields, total, part = {}, 0, newest
  for count in string.gmatch(ARGV[i + 3], '%d+') do
    fields[#fields + 1] = part
    fields[#fields + 1] = count
    total = total + tonumber(count)
    part = part - 1
  end
  if total > known then
    redis.call('DEL', key)
    redis.call('HSET', key, unpack(fields))
    redis.call('EXPIRE', key, window)
  end
end
return #ARGV / 4
