"""What P13 is compared with: bare solvers of libraries, given arrays that are made ready for them beforehand."""

from collections.abc import Callable

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from services.matching.domain.planning.graph import NO_PLACE, Flags, Graph, Whole, ragged
from services.matching.domain.planning.problem import MOST_SCORE

Peer = Callable[[], Flags]


def flow_of(graph: Graph) -> Peer:
    """Minimum-cost flow of ortools; the arcs are given anew each time, since solving uses them up."""
    families, volunteers, pairs = graph.size
    end = families + volunteers
    empty, place = np.nonzero(graph.saves > NO_PLACE)
    tails = np.concatenate([graph.of_family, empty, families + np.arange(volunteers)])
    heads = np.concatenate([families + graph.of_volunteer, np.full(empty.size + volunteers, end)])
    room = np.concatenate([np.ones(pairs + empty.size, dtype=np.int64), graph.places])
    cost = np.concatenate([-graph.score, graph.saves[empty, place], np.zeros(volunteers, dtype=np.int64)])
    supply = np.concatenate([graph.wanted, np.zeros(volunteers, dtype=np.int64), [-int(graph.wanted.sum())]])

    def run() -> Flags:
        flow = SimpleMinCostFlow()
        arcs = flow.add_arcs_with_capacity_and_unit_cost(tails, heads, room, cost)
        flow.set_nodes_supplies(np.arange(end + 1), supply)
        assert flow.solve() == SimpleMinCostFlow.OPTIMAL
        return np.asarray(flow.flows(arcs)[:pairs] > 0, dtype=np.bool_)

    return run


def table_of(graph: Graph) -> Peer:
    """Sparse assignment of scipy: places are rows and columns, and each row has a column of its own for staying empty.

    That one family does not get the same volunteer twice, where both have several places, takes a row and a column for
    the pair: the family's places lead to the column, the row either takes it or goes on to one of the volunteer's.
    """
    begins, columns, rows = _begins(graph.wanted), _begins(graph.places), int(graph.wanted.sum())
    wanted, places = graph.wanted[graph.of_family], graph.places[graph.of_volunteer]
    single = np.flatnonzero((wanted > 1) & (places > 1))
    plain = np.flatnonzero(((wanted == 1) | (places == 1)) & (wanted > 0) & (places > 0))
    many = int(columns[-1])
    direct = _plain(graph, plain, begins, columns)
    slots, copies = _owners(wanted[single]), _owners(places[single])
    each = np.arange(single.size)
    first, own = begins[graph.of_family[single]], columns[graph.of_volunteer[single]]
    cells = (
        direct,
        (ragged(first, first + wanted[single]), many + slots, MOST_SCORE - graph.score[single[slots]]),
        (rows + each, many + each, 0 * each),
        (rows + copies, ragged(own, own + places[single]), 0 * copies),
        (np.arange(rows), many + single.size + np.arange(rows), MOST_SCORE + graph.saves[graph.saves > NO_PLACE]),
    )
    at, across, cost = (np.concatenate(parts) for parts in zip(*cells, strict=True))
    matrix = csr_array((cost + 1.0, (at, across)), shape=(rows + single.size, many + single.size + rows))
    of_row, of_column = _owners(graph.wanted), _owners(graph.places)
    keys = graph.of_family * max(graph.places.size, 1) + graph.of_volunteer

    def run() -> Flags:
        chosen = np.zeros(keys.size, dtype=np.bool_)
        across_rows, across_columns = min_weight_full_bipartite_matching(matrix)
        plainly = (across_rows < rows) & (across_columns < many)
        found = of_row[across_rows[plainly]] * graph.places.size + of_column[across_columns[plainly]]
        chosen[np.searchsorted(keys, found)] = True
        through = (across_rows < rows) & (across_columns >= many) & (across_columns < many + single.size)
        chosen[single[across_columns[through] - many]] = True
        return chosen

    return run


def _plain(graph: Graph, plain: Whole, begins: Whole, columns: Whole) -> tuple[Whole, Whole, Whole]:
    """Cells of pairs of which one side has a single place: as many as the other side has places."""
    wanted, places = graph.wanted[graph.of_family[plain]], graph.places[graph.of_volunteer[plain]]
    pairs, nth = np.repeat(plain, wanted * places), ragged(0 * wanted, wanted * places)
    many = np.repeat(places > 1, wanted * places)
    at_row = begins[graph.of_family[pairs]] + np.where(many, 0, nth)
    return at_row, columns[graph.of_volunteer[pairs]] + np.where(many, nth, 0), MOST_SCORE - graph.score[pairs]


def dense(graph: Graph) -> int:
    """The worth of the best plan by a dense table. For families that want one volunteer each."""
    rows, columns = _owners(graph.wanted), _owners(graph.places)
    score = np.full((graph.wanted.size, graph.places.size), -(2**40), dtype=np.int64)
    score[graph.of_family, graph.of_volunteer] = graph.score
    saves = graph.saves[graph.saves > NO_PLACE]
    table = score[np.ix_(rows, columns)] + saves[:, None]
    worth = np.concatenate([table, np.where(np.eye(rows.size, dtype=np.bool_), 0, -(2**50))], axis=1)
    at, across = linear_sum_assignment(worth.astype(np.float64), maximize=True)
    return int(worth[at, across].sum())


def _owners(counts: Whole) -> Whole:
    return np.repeat(np.arange(counts.size), counts)


def _begins(counts: Whole) -> Whole:
    return np.concatenate([[0], np.cumsum(counts)])
