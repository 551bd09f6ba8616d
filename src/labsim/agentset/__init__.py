"""Sets of agents over columns, in the language of Mesa's AgentSet, and what collects data from them."""

from labsim.agentset.collector import ColumnarDataCollector, monthly_figures
from labsim.agentset.columnar import ColumnarAgentSet
from labsim.agentset.columns import Columns
from labsim.agentset.everybody import Everybody
from labsim.agentset.ordered import ColumnarGroupBy

__all__ = [
    "ColumnarAgentSet", "ColumnarDataCollector", "ColumnarGroupBy", "Columns", "Everybody", "monthly_figures",
]  # fmt: skip
