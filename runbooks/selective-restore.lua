-- Some tables, or some rows of them, are wanted back from an earlier moment: into the live database, or into a file of their own.

return runbook {
  name    = "selective-restore",
  purpose = "Bring some tables or rows back from any moment",

  params = {
    database  = param.database { help = "database whose rows are wanted; may be left out when there is only one" },
    before    = param.instant  { help = "the state before this moment is taken" },
    tables    = param.list     { of = "identifier", flag = "--table", optional = true,
                                 help = "tables to take; all of them when left out" },
    where     = param.text     { optional = true,
                                 help = "only rows for which this SQL condition holds: \"day >= '2026-11-01' and day < '2026-12-01'\"" },
    to        = param.location { optional = true, help = "a new file to write them to (of PostgreSQL a script for psql); the live database when left out" },
    conflicts = param.one_of   { "stop", "keep-live", "take-old", default = "stop",
                                 help = "a row that is there with other values: change nothing, keep it, or set it back" },
  },

  run = function(a)
    local point = step("choose the recovery point",
      find.point { of = a.database, before = a.before })

    if a.to then
      local copy = step("restore beside the live database",
        restore.beside { point = point },
        { undo = drop.copy, timeout = "4h", retry = 2 })
      step("check that the copy is sound", verify.integrity { of = copy })
      local file = step("write the rows to the file",
        extract.rows { from = copy, to = a.to, tables = a.tables, where = a.where },
        { undo = drop.copy })
      step("drop the copy", drop.copy { copy = copy })
      return done { file = file, point = point }
    end

    local net = step("take a safety backup",
      backup.now { of = a.database, keep = "30d", why = "before selective-restore" })

    local copy = step("restore beside the live database",
      restore.beside { point = point },
      { undo = drop.copy, timeout = "4h", retry = 2 })

    step("check that the copy is sound", verify.integrity { of = copy })

    local lost = step("list what differs",
      compare.rows { old = copy, new = a.database, tables = a.tables, where = a.where, with_changed = a.conflicts == "take-old" })

    expect(lost.missing + lost.changed > 0, "nothing is missing and nothing differs; try an earlier --before or another --where")

    approve { "put the rows back", into = a.database, shows = lost }

    local put = step("put the rows back",
      merge.rows { from = lost, into = a.database, conflicts = a.conflicts },
      { undo = merge.reverse })

    step("prove the rows are back",
      compare.rows { old = copy, new = a.database, tables = a.tables, where = a.where, want_missing = 0 })

    step("drop the copy", drop.copy { copy = copy })

    return done { rows = put.rows, set_back = put.replaced, kept = put.kept, point = point, safety_backup = net }
  end,
}
