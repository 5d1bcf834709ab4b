"""What a call costs, from the price list that is installed with regen; nothing is looked up over the network."""

from __future__ import annotations


def price(
    provider_model: str,
    input_tokens: int,
    output_tokens: int,
    cached_tokens: int = 0,
    *,
    cache_written_tokens: int = 0,
    base_url: str = "",
) -> float | None:
    """Return the cost in USD of a call to `provider_model` (such as `openai:gpt-5`), None where it is unknown.

    `input_tokens` include the cached and the cache-written ones. With `base_url` the price is that endpoint's own:
    another vendor's price for a model of the same name is not taken for it.
    """
    provider, _, model = provider_model.partition(":")
    if not provider or not model:
        return None
    from genai_prices import Usage, calc_price  # noqa: PLC0415  half a second, only where money is counted

    usage = {
        "input_tokens": max(input_tokens, cached_tokens + cache_written_tokens),
        "output_tokens": output_tokens,
        "cache_read_tokens": cached_tokens,
        "cache_write_tokens": cache_written_tokens,
    }
    try:
        counted = Usage(**{name: count for name, count in usage.items() if count})
        if base_url:
            found = calc_price(counted, model, provider_api_url=base_url)
        else:
            found = calc_price(counted, model, provider_id=provider)
    except (LookupError, ValueError):
        return None
    return float(found.total_price)
