/*
 * What providers say in words alone, without a name or a status that tells it. Each of them has its own.
 */

const tooLong = [
  /(prompt|input|request|conversation|context|messages?) (is |are )?too (long|large)/,
  /(exceed(s|ed|ing)?|longer than|larger than) (the |its )?(model['’]?s? )?(maximum |max |available )?context[ _-]?(limit|window|length|size)/,
  /(exceed(s|ed|ing)?|longer than) (the |its )?(model['’]?s? )?(maximum |max )?(model|token|input|prompt|sequence|message) (limit|length|tokens)/,
  /\bcontext[ _-]?(limit|window|length|size)\b.{0,30}\b(exceed|overflow)|context_(length|window)_exceeded|token limit exceeded/,
  /\bmaximum (context|prompt|input|sequence) length|context length of only|too many (input |prompt )?tokens/,
  /\b(inputs?|prompt|messages?|conversation)\b.{0,60} exceeds? the (limit|maximum( number)?)( of)?( [\d,]+)? tokens/,
  /\b(inputs?|prompt|messages?) tokens?\b.{0,30} (cannot |must not |should not )?exceeds? the (\w+ ){0,2}limit/,
  /\b(inputs?|prompt)`?( length| tokens)\b.{0,60}\b(should not|must not|cannot|exceeds? (the )?max)/,
  /\b(inputs?|prompt|messages?) exceeds? (the )?max(imum)?( \w+)? (length|tokens)|message size exceeds/,
  /\binputs?`? (tokens \+ .{0,30} must be|must have (less|fewer) than [\d,]+ tokens)|range of input length should be/,
  /prompt tokens (\([\d,]+\) )?> context|expected maxLength: \d+, actual: \d+/,
  /\b(reduce|shorten) (the |your )?((length|size|number) of (the |your )?)?(input |prompt )?(messages?|prompt|input|conversation|tokens)\b/,
  /(上下文|输入|提示词?|对话|消息|文本)(内容)?的?(总)?(长度|窗口|tokens?|字数).{0,16}(超|过长)|(输入|提示词?|上下文|对话|文本|prompt) ?(内容)?(超长|过长|太长)/,
  /超(出|过)了?.{0,12}(上下文|输入|最大).{0,8}(长度|窗口|tokens?)|(入力|プロンプト|コンテキスト).{0,12}(長すぎ|超え)/,
];
const tooLongWords = anyOf(tooLong);

/** What is about the answer that was asked for, or about how often, is not about what was sent. */
const otherLimits = /\boutput tokens\b|\bper (minute|day|hour|second)\b|\brate limit|频率/i;

// Codes as the SDK lists them, and the words that come with 400, 403 and 429 instead of a code.
const spendLimitWords = anyOf([
  /(enforced|contract|organization)_spend_limit_reached|credit balance is too low|reached your specified (API )?usage limits/,
  /insufficient (account )?(balance|credits?|funds)|(balance|credits?) (is |are )?(insufficient|exhausted|used up|not enough)/,
  /\b(please|need to) (recharge|top up)|out of credits?\b|account .{0,20}(arrears|overdue)|余额不足|欠费|请充值/,
]);

const unknownModelWords = anyOf([
  /\b(invalid|unknown|unsupported|unrecognized|no such|not a valid) model\b/,
  /\bmodel\b.{0,120}\b(not found|not exist|not supported|not available|not a valid)/,
]);

const keyWords = anyOf([
  /\b(invalid|incorrect|wrong|missing|expired|revoked|no) (\w+ )?(api|access|secret)[ _-]?(key|token)\b/,
  /\b(api|access|secret)[ _-]?(key|token)\b.{0,20}\b(not valid|invalid|incorrect|expired|missing|revoked|disabled|required)/,
  /\bauthentication (error|failed|failure|required)|login fail|^\W*unauthori[sz]ed\b|invalid authentication/,
]);

/** Whether words say that what was sent is longer than the model takes. */
export function saysTooLong(words: string): boolean {
  const text = words.slice(0, 2000);
  return tooLongWords.test(text) && !(otherLimits.test(text) && !/context/i.test(text));
}

/** Whether words say that there is no money left. */
export function saysSpent(words: string): boolean {
  return spendLimitWords.test(words.slice(0, 2000));
}

/** Whether words say that the model is none. */
export function saysUnknownModel(words: string): boolean {
  return unknownModelWords.test(words.slice(0, 2000));
}

/** Whether words say that the key is none. */
export function saysBadKey(words: string): boolean {
  return keyWords.test(words.slice(0, 2000));
}

function anyOf(patterns: RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => source).join('|'), 'i');
}
