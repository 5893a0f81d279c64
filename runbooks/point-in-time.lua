-- Everything that happened since a moment is to be taken back: replace the database by its state before it.

return runbook {
  name    = "point-in-time",
  purpose = "Replace a database by its state before a moment",

  params = {
    database = param.database { help = "database to set back; may be left out when there is only one" },
    before   = param.instant  { help = "the moment; commits at it and after it are taken back" },
    by_hand  = param.boolean  { default = false, flag = "--by-hand",
                                help = "you stop and start the application yourself, before and after" },
  },

  run = function(a)
    local point = step("choose the recovery point",
      find.point { of = a.database, before = a.before })

    local net = step("take a safety backup",
      backup.now { of = a.database, keep = "30d", why = "before point-in-time" })

    local copy = step("restore beside the live database",
      restore.beside { point = point },
      { undo = drop.copy, timeout = "4h", retry = 2 })

    step("check that the copy is sound", verify.integrity { of = copy })

    -- Seen from the live database: what it has and the copy lacks is what will be gone.
    local lost = step("list what will be taken back",
      compare.rows { old = a.database, new = copy })

    approve { "replace the live database by its state before the moment", into = a.database, shows = lost }

    if not a.by_hand then
      step("stop the application", application.stop { of = a.database }, { undo = application.start })
    end

    -- Between the safety backup and here the application went on.
    local last = step("take a backup of its very last state",
      backup.now { of = a.database, keep = "30d", why = "right before point-in-time" })

    step("swap the copy in", restore.swap { from = copy, into = a.database }, { undo = restore.swap_back })

    if not a.by_hand then
      step("start the application", application.start { of = a.database })
      step("prove that the application works", verify.application { of = a.database })
    end

    step("prove that the database is sound", verify.integrity { of = a.database })

    return done { recovered_to = copy.instant, rows_taken_back = lost.missing, point = point, safety_backup = net, last_state = last }
  end,
}
