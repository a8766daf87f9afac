/** Calendar arithmetic of the MC146818A: years of two digits, a leap year whenever the year divides by four. */

/** Time and calendar as plain numbers, in the order of the chip's bytes 0, 2, 4, 6 to 9. */
export interface Calendar {
  seconds: number;
  minutes: number;
  /** 0 to 23. */
  hours: number;
  /** 1 (Sunday) to 7. */
  weekday: number;
  /** 1 to 31. */
  day: number;
  /** 1 to 12. */
  month: number;
  /** 0 to 99. */
  year: number;
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

function daysIn(month: number, leap: boolean): number {
  return month === 2 && leap ? 29 : (MONTH_DAYS[month - 1] ?? 31);
}

function nextDay(time: Calendar): void {
  time.weekday = time.weekday >= 7 ? 1 : time.weekday + 1;
  if (time.day < daysIn(time.month, time.year % 4 === 0)) time.day++;
  else {
    time.day = 1;
    if (time.month < 12) time.month++;
    else {
      time.month = 1;
      time.year = time.year >= 99 ? 0 : time.year + 1;
    }
  }
}

function nextHour(time: Calendar): void {
  if (time.hours < 23) time.hours++;
  else {
    time.hours = 0;
    nextDay(time);
  }
}

function nextMinute(time: Calendar): void {
  if (time.minutes < 59) time.minutes++;
  else {
    time.minutes = 0;
    nextHour(time);
  }
}

function nextSecond(time: Calendar): void {
  if (time.seconds < 59) time.seconds++;
  else {
    time.seconds = 0;
    nextMinute(time);
  }
}

/** Lets `seconds` update cycles pass. Values out of range count on and carry, as counters do. */
export function addSeconds(time: Calendar, seconds: number): void {
  let left = seconds;
  while (left > 0) {
    if (left < 60 || time.seconds !== 0) {
      nextSecond(time);
      left -= 1;
    } else if (left < 3600 || time.minutes !== 0) {
      nextMinute(time);
      left -= 60;
    } else if (left < 86_400 || time.hours !== 0) {
      nextHour(time);
      left -= 3600;
    } else {
      nextDay(time);
      left -= 86_400;
    }
  }
}

/** The calendar of `epochSeconds` seconds after 1970-01-01 00:00 UTC, and its century (19, 20, ...). */
export function calendarOf(epochSeconds: number): Calendar & { readonly century: number } {
  const days = Math.floor(epochSeconds / 86_400);
  const rest = epochSeconds - days * 86_400;
  let year = 1970;
  let left = days;
  const leapYear = () => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  while (left < 0) {
    year--;
    left += leapYear() ? 366 : 365;
  }
  for (let length = leapYear() ? 366 : 365; left >= length; length = leapYear() ? 366 : 365) {
    left -= length;
    year++;
  }
  let month = 1;
  for (let length = 31; left >= length; length = daysIn(month, leapYear())) {
    left -= length;
    month++;
  }
  return {
    seconds: rest % 60,
    minutes: Math.floor(rest / 60) % 60,
    hours: Math.floor(rest / 3600),
    // 1970-01-01 was a Thursday.
    weekday: ((((days + 4) % 7) + 7) % 7) + 1,
    day: left + 1,
    month,
    year: ((year % 100) + 100) % 100,
    century: Math.floor(year / 100),
  };
}
