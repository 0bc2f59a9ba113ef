from __future__ import annotations

from told_runs import Make, story


def test_columns_left_out_are_told_with_their_reason(make: Make) -> None:
    table = story(make(options={"exclude": ("idle",)}).path)["table"]
    assert [column["name"] for column in table["left_out"]] == ["idle"]
    assert table["left_out"][0]["reason"] == "left out as asked"
    assert "3 columns beside it" in table["says"] and "1 left out" in table["says"]
    assert table["kinds"] == {"numeric": 1, "categorical": 1}
