"""Hypothesis strategy for texts with characters that are difficult to tokenize."""

from hypothesis import strategies as st

HOSTILE = "ﬁﬃǅǿǽ™½⅘⑴㏂ßẞıİΣςᾳΐŀŉ№ºª²٣ЁёйКкℌ한ᄒ\u1161がｶﾞﷺ𝔄🄰ⓐ🇱🇻👨\u200d\U0001f469 \t\n\u00a0\u00ad\u200b\u200c\u2060\u0301\u0327\u0345\u0489\u20dd\u3099´¨'’ʼ_-–./*\"<&\u2028"

TEXTS = st.text(st.one_of(st.sampled_from(HOSTILE), st.characters(), st.sampled_from("abcĀčļ12 ")))
